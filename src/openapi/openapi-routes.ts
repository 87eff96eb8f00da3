import { readFileSync } from "node:fs";
import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import { sha256 } from "../kit/token.ts";
import type { Assembly } from "../operations/assemble.ts";
import { errorsPage } from "./errors-page.ts";
import { openApiDocument } from "./openapi-document.ts";

/** What the routes need. */
export interface OpenApiParts {
  readonly assembly: Assembly;
}

/** The files of the reference page and their media types. */
const assets: Readonly<Record<string, string>> = {
  "reference.css": "text/css",
  "reference.js": "text/javascript",
  "dom.js": "text/javascript",
  "document.js": "text/javascript",
  "samples.js": "text/javascript",
  "schema-view.js": "text/javascript",
  "operation-view.js": "text/javascript",
  "console.js": "text/javascript",
  "session.js": "text/javascript",
  "icon.svg": "image/svg+xml",
};

/**
 * What a page of ours may do: nothing that leaves this origin, and no script or style but its own files. Should a summary in
 * a definition ever hold markup, it stays text.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The routes by which a backend tells about itself: `GET /api/openapi.json`, the reference page, and the page of errors. */
export function openApiRoutes({ assembly }: OpenApiParts): Route[] {
  const routes = [
    fixedRoute("/api/openapi.json", "application/json", () => JSON.stringify(openApiDocument(assembly))),
    fixedRoute("/api/docs", "text/html; charset=utf-8", () => readAsset("reference.html")),
    fixedRoute("/docs/errors", "text/html; charset=utf-8", () => errorsPage(assembly)),
  ];
  for (const [name, type] of Object.entries(assets)) {
    routes.push(fixedRoute(`/api/docs/${name}`, `${type}; charset=utf-8`, () => readAsset(name)));
  }
  return routes;
}

function readAsset(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), "utf8");
}

/** A route whose answer is always the same: made when it is first asked for, and sent again only to who doesn't have it. */
function fixedRoute(path: string, type: string, make: () => string): Route {
  let known: { readonly body: string; readonly tag: string } | undefined;

  async function handler(exchange: Exchange): Promise<Answer> {
    if (known === undefined) {
      const body = make();
      known = { body, tag: `"${sha256(body, "base64url").slice(0, 27)}"` };
    }
    const { body, tag } = known;
    const headers = {
      etag: tag,
      // The next deployment may say something else: a copy is asked about each time.
      "cache-control": "public, no-cache",
      ...(type.startsWith("text/html") ? { "content-security-policy": pagePolicy } : {}),
    };
    const sent = (exchange.header("if-none-match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
    if (sent.includes(tag) || sent.includes("*")) return { status: 304, headers, body: null };
    return { status: 200, headers: { ...headers, "content-type": type }, body };
  }

  return { method: "GET", path, handler };
}
