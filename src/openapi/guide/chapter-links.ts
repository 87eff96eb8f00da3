import type { Chapter } from "./read-guide.ts";
import type { LinkTarget } from "./render-chapter.ts";

/** The way from the page of a chapter to `/api/`. */
export function wayUp({ path }: Chapter): string {
  return "../".repeat(path === "" ? 1 : path.split("/").length + 1);
}

/** The address of a chapter, for a page from which `root` leads to `/api/`. */
export function chapterAddress({ path }: Chapter, root: string): string {
  return `${root}docs/guide${path === "" ? "" : `/${path}`}`;
}

/**
 * Where a link of a chapter leads on the site: `../rules.md#owners` to the chapter, `/docs/errors` to the server, other sites to
 * themselves. What is beside the documentation, such as the sources, is not on the site.
 */
export function resolveLink(href: string, from: Chapter, chapters: readonly Chapter[]): LinkTarget | undefined {
  if (href.startsWith("#") || /^(?:https?|mailto):/.test(href)) return { href };
  if (href.startsWith("/")) return { href: `${wayUp(from)}..${href}` };
  const { pathname, hash } = new URL(href, `file:///docs/${from.file}`);
  const to = chapters.find(({ file }) => pathname === `/docs/${file}`);
  if (to === undefined) return undefined;
  const target = { href: chapterAddress(to, wayUp(from)) + hash };
  // The index says what each chapter is about.
  return from.path === "" ? { ...target, note: summaryOf(to) } : target;
}

/** The first sentence of a chapter that begins with one, without its marks. */
function summaryOf({ text }: Chapter): string {
  const [, paragraph = ""] = /^#[^\n]*\n+(?:<!--[\s\S]*?-->\n+)?(?!```|[#|<\n-])([\s\S]*?)\n\n/.exec(text) ?? [];
  const plain = paragraph
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/\s+/g, " ");
  return /^.*?[.:](?=\s|$)/.exec(plain)?.[0].replace(/:$/, ".") ?? plain;
}
