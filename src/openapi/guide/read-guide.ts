import { readFile } from "node:fs/promises";

/** One page of the guide. */
export interface Chapter {
  /** Its file, from the folder of the documentation: `reference/fields.md`. */
  readonly file: string;
  /** Its address below `/api/docs/guide`: `reference/fields`, and nothing for the first page. */
  readonly path: string;
  readonly title: string;
  /** The heading that it stands under in the index. */
  readonly part: string;
  readonly text: string;
}

/** Where the documentation is, in a checkout as in the package. */
const folder = new URL("../../../docs/", import.meta.url);
const index = "README.md";

/**
 * The pages of the documentation, in the order of its index: `docs/README.md` links to each of them, under headings.
 *
 * @example
 * const [contents, first] = await readGuide();
 */
export async function readGuide(): Promise<readonly Chapter[]> {
  const text = await readFile(new URL(index, folder), "utf8");
  const listed = new Map<string, Omit<Chapter, "text">>();
  listed.set(index, { file: index, path: "", title: "Contents", part: "" });
  for (const chapter of listChapters(text)) {
    if (!listed.has(chapter.file)) listed.set(chapter.file, chapter);
  }
  return Promise.all(
    [...listed.values()].map(async (chapter) => ({
      ...chapter,
      text: await readFile(new URL(chapter.file, folder), "utf8"),
    })),
  );
}

/** What an index links to: pages in its own folder or one below, each under the last heading before it. */
function listChapters(text: string): Omit<Chapter, "text">[] {
  const chapters: Omit<Chapter, "text">[] = [];
  let part = "";
  for (const [, heading, title, path] of text.matchAll(/^##+ (.+)$|\[([^\]]+)\]\(([\w-]+(?:\/[\w-]+)?)\.md\)/gm)) {
    if (heading !== undefined) part = heading;
    if (title !== undefined && path !== undefined) chapters.push({ file: `${path}.md`, path, title, part });
  }
  return chapters;
}
