import type { Answer, Exchange, Route } from "../../kit/exchange.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { makeOnce } from "../../kit/make-once.ts";
import type { Assembly } from "../../operations/assemble.ts";
import { lastingAnswer, pageHeaders } from "../lasting-answer.ts";
import { wayUp } from "./chapter-links.ts";
import { guidePage, missingPage } from "./guide-page.ts";
import { readGuide } from "./read-guide.ts";
import { searchIndex } from "./search-index.ts";

const html = "text/html; charset=utf-8";

/**
 * The guide beside the API reference: its chapters at `/api/docs/guide`, what the search of the site finds, and the page that
 * says that there is none. Nothing of it is read before it is asked for.
 */
export function guideRoutes(assembly: Assembly): Route[] {
  const read = makeOnce(readGuide);
  const pages = new Map<string, (exchange: Exchange) => Promise<Answer>>();

  /** A path is only ever looked up among the chapters: it names no file. With %2F for a slash it would have its links lead astray. */
  async function answer(exchange: Exchange, path: string, root: string): Promise<Answer> {
    const chapters = await read();
    const chapter = chapters.find((one) => one.path === path && wayUp(one) === root);
    if (chapter === undefined) return missing(exchange, root);
    let page = pages.get(path);
    if (page === undefined) {
      page = lastingAnswer(html, () => guidePage(chapter, chapters, assembly.backend));
      pages.set(path, page);
    }
    return page(exchange);
  }

  /** A person is shown a page; a program is told the problem, as everywhere. */
  async function missing(exchange: Exchange, root: string): Promise<Answer> {
    if (exchange.header("accept")?.includes("text/html") !== true) {
      throw new GalleyError("not_found", "The documentation has no such page.", { headers: { vary: "accept" } });
    }
    const body = missingPage(await read(), root, assembly.backend);
    return { status: 404, headers: { ...pageHeaders(html), "cache-control": "no-cache", vary: "accept" }, body };
  }

  return [
    { method: "GET", path: "/api/docs/guide", handler: (exchange) => answer(exchange, "", "../") },
    {
      method: "GET",
      path: "/api/docs/guide/:chapter",
      handler: (exchange, { chapter = "" }) => answer(exchange, chapter, "../../"),
    },
    {
      method: "GET",
      path: "/api/docs/guide/:folder/:chapter",
      handler: (exchange, { folder = "", chapter = "" }) => answer(exchange, `${folder}/${chapter}`, "../../../"),
    },
    {
      method: "GET",
      path: "/api/docs/search.json",
      handler: lastingAnswer("application/json", async () => JSON.stringify(await searchIndex(await read(), assembly))),
    },
    { method: "GET", path: "/api/docs/:page", handler: (exchange) => missing(exchange, "../") },
  ];
}
