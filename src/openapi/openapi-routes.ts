import { readFileSync } from "node:fs";
import type { Route } from "../kit/exchange.ts";
import type { Assembly } from "../operations/assemble.ts";
import { errorsPage } from "./errors-page.ts";
import { guideRoutes } from "./guide/guide-routes.ts";
import { lastingAnswer } from "./lasting-answer.ts";
import { openApiDocument } from "./openapi-document.ts";
import { referencePage } from "./reference-page.ts";

/** What the routes need. */
export interface OpenApiParts {
  readonly assembly: Assembly;
}

/** The files of the site and their media types. */
const assets: Readonly<Record<string, string>> = {
  "reference.css": "text/css",
  "reference.js": "text/javascript",
  "guide.js": "text/javascript",
  "menu.js": "text/javascript",
  "search.js": "text/javascript",
  "dom.js": "text/javascript",
  "document.js": "text/javascript",
  "samples.js": "text/javascript",
  "schema-view.js": "text/javascript",
  "operation-view.js": "text/javascript",
  "console.js": "text/javascript",
  "session.js": "text/javascript",
  "icon.svg": "image/svg+xml",
};

/** The routes by which a backend tells about itself: `GET /api/openapi.json`, and the site of its reference and the guide. */
export function openApiRoutes({ assembly }: OpenApiParts): Route[] {
  return [
    fixedRoute("/api/openapi.json", "application/json", () => JSON.stringify(openApiDocument(assembly))),
    fixedRoute("/api/docs", "text/html; charset=utf-8", () => referencePage(assembly)),
    fixedRoute("/docs/errors", "text/html; charset=utf-8", () => errorsPage(assembly)),
    ...Object.entries(assets).map(([name, type]) =>
      fixedRoute(`/api/docs/${name}`, `${type}; charset=utf-8`, () => readAsset(name)),
    ),
    ...guideRoutes(assembly),
    // The pages find what they need beside their own address, which has no slash at its end.
    { method: "GET", path: "/api/docs/", handler: movedTo("../docs") },
    { method: "GET", path: "/api/docs/guide/", handler: movedTo("../guide") },
  ];
}

function readAsset(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), "utf8");
}

function movedTo(location: string): Route["handler"] {
  return () => Promise.resolve({ status: 308, headers: { location }, body: null });
}

/** A route whose answer is always the same. */
function fixedRoute(path: string, type: string, make: () => string): Route {
  return { method: "GET", path, handler: lastingAnswer(type, make) };
}
