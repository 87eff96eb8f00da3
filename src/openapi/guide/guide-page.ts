import { escapeHtml, htmlWithCode } from "../html.ts";
import { type Application, sitePage } from "../site-page.ts";
import { chapterAddress, resolveLink, wayUp } from "./chapter-links.ts";
import type { Chapter } from "./read-guide.ts";
import { renderChapter, type Section } from "./render-chapter.ts";

/** One page of the guide. */
export async function guidePage(
  chapter: Chapter,
  chapters: readonly Chapter[],
  application: Application,
): Promise<string> {
  const root = wayUp(chapter);
  const { html, sections } = await renderChapter(chapter.text, (href) => resolveLink(href, chapter, chapters));
  return sitePage({
    root,
    title: sections[0]?.title ?? chapter.title,
    application,
    part: "guide",
    lists: "Chapters",
    sidebar: guideContents(chapters, root, chapter),
    main: `<div class="chapter-columns">${chapter.path === "" ? "" : onThisPage(sections)}
<article class="chapter${chapter.path === "" ? " index" : ""}">
${html}${turnPages(chapter, chapters, root)}</article></div>`,
    script: "guide.js",
  });
}

/** What is answered where the site has no page. */
export function missingPage(chapters: readonly Chapter[], root: string, application: Application): string {
  return sitePage({
    root,
    title: "There is no such page",
    application,
    part: "guide",
    lists: "Chapters",
    sidebar: guideContents(chapters, root),
    main: `<article class="chapter"><h1>There is no such page</h1>
<p>Nothing is at this address. Search for a word of what you were looking for, or begin with the <a href="${root}docs/guide">contents of the guide</a> or the <a href="${root}docs">API reference</a>.</p></article>`,
    script: "guide.js",
  });
}

/** The chapters under their headings. */
function guideContents(chapters: readonly Chapter[], root: string, current?: Chapter): string {
  const parts = Map.groupBy(
    chapters.filter(({ path }) => path !== ""),
    ({ part }) => part,
  );
  return [...parts]
    .map(([part, members]) => {
      const items = members.map((one) => {
        const mark = one === current ? ' aria-current="page"' : "";
        return `<li><a class="contents-link" href="${chapterAddress(one, root)}"${mark}>${htmlWithCode(one.title)}</a></li>`;
      });
      const heading = part === "" ? "" : `<h2 class="contents-title">${htmlWithCode(part)}</h2>`;
      return `${heading}<ul>${items.join("")}</ul>`;
    })
    .join("");
}

/** The headings of a page that is long enough to have some. */
function onThisPage(sections: readonly Section[]): string {
  const listed = sections.filter(({ depth }) => depth === 2 || depth === 3);
  if (listed.length < 2) return "";
  const items = listed.map(
    ({ id, depth, title }) => `<li class="depth-${depth}"><a href="#${id}">${escapeHtml(title)}</a></li>`,
  );
  return `<nav class="toc" aria-label="On this page"><details open><summary>On this page</summary><ul>${items.join("")}</ul></details></nav>`;
}

/** The way to the chapter before and the one after. */
function turnPages(chapter: Chapter, chapters: readonly Chapter[], root: string): string {
  const at = chapters.indexOf(chapter);
  const previous = at > 0 ? chapters[at - 1] : undefined;
  const next = chapters[at + 1];
  const link = (one: Chapter | undefined, rel: string, word: string) =>
    one === undefined
      ? ""
      : `<a class="turn-${rel}" rel="${rel}" href="${chapterAddress(one, root)}"><small>${word}</small>${htmlWithCode(one.title)}</a>`;
  return `<nav class="turn" aria-label="Previous and next">${link(previous, "prev", "Previous")}${link(next, "next", "Next")}</nav>\n`;
}
