import type { Assembly } from "../../operations/assemble.ts";
import { openApiDocument } from "../openapi-document.ts";
import type { Chapter } from "./read-guide.ts";
import { renderChapter } from "./render-chapter.ts";

/** Something that the search of the site finds. */
interface Findable {
  /** From `/api/docs/`. */
  readonly href: string;
  readonly title: string;
  /** The page it is on. */
  readonly place: string;
  /** What else is searched, in lower case. */
  readonly text: string;
}

/** What the search of the site finds: the sections of the guide, and the operations of the backend. */
export async function searchIndex(chapters: readonly Chapter[], assembly: Assembly): Promise<readonly Findable[]> {
  const sections = await Promise.all(chapters.filter(({ path }) => path !== "").map(findSections));
  return [...sections.flat(), ...findOperations(assembly)];
}

async function findSections(chapter: Chapter): Promise<Findable[]> {
  const { sections } = await renderChapter(chapter.text, () => undefined);
  return sections.map(({ id, depth, title, text }) => ({
    href: `guide/${chapter.path}${depth === 1 ? "" : `#${id}`}`,
    title,
    place: depth === 1 ? chapter.part : chapter.title,
    text: text.toLowerCase(),
  }));
}

function findOperations(assembly: Assembly): Findable[] {
  return Object.entries(openApiDocument(assembly).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, summary }]) => ({
      href: `../docs#operation/${String(operationId)}`,
      title: String(summary),
      place: `${method.toUpperCase()} ${path}`,
      text: String(operationId).toLowerCase(),
    })),
  );
}
