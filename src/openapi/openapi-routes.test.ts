import { expect, test } from "vitest";
import type { Exchange } from "../kit/exchange.ts";
import { assemble } from "../operations/assemble.ts";
import { action } from "../schema/action.ts";
import { backend } from "../schema/backend.ts";
import { openApiRoutes } from "./openapi-routes.ts";

const definition = backend({
  name: "<script>alert(1)</script>",
  collections: [],
  actions: [
    action("ring", { errors: { too_loud: { status: 409, title: 'Too "loud" & <b>long</b>' } }, run: () => undefined }),
  ],
});
const routes = openApiRoutes({ assembly: assemble(definition) });

/** Asks one of the routes. */
function ask(path: string, headers: Record<string, string> = {}) {
  const route = routes.find((one) => one.path === path);
  if (route === undefined) throw new Error(`No route ${path}`);
  const exchange: Exchange = {
    method: "GET",
    path,
    query: "",
    header: (name) => headers[name],
    body: () => Promise.resolve(new Uint8Array()),
    address: "127.0.0.1",
    secure: false,
    requestId: "request",
  };
  return route.handler(exchange, {});
}

test("every route is a GET that answers with an entity tag", async () => {
  for (const { method, path } of routes) {
    expect(method).toBe("GET");
    if (path.includes(":") || path.endsWith("/")) continue;
    const answer = await ask(path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers["etag"], path).toMatch(/^"[\w-]{27}"$/);
    expect(answer.headers["cache-control"], path).toBe("public, no-cache");
    expect(String(answer.body).length, path).toBeGreaterThan(100);
  }
});

test("a slash at the end leads to the page without it, also below a prefix", async () => {
  for (const path of ["/api/docs/", "/api/docs/guide/"]) {
    const { status, headers } = await ask(path);
    expect(status).toBe(308);
    const to = new URL(String(headers["location"]), `http://localhost/shop${path}`);
    expect(`${to.pathname}/`).toBe(`/shop${path}`);
  }
});

test("who has it already is answered 304", async () => {
  const { headers } = await ask("/api/openapi.json");
  const tag = String(headers["etag"]);
  for (const sent of [tag, `"other", ${tag}`, `W/${tag}`, "*"]) {
    const answer = await ask("/api/openapi.json", { "if-none-match": sent });
    expect(answer).toMatchObject({ status: 304, body: null, headers: { etag: tag } });
  }
  expect((await ask("/api/openapi.json", { "if-none-match": '"other"' })).status).toBe(200);
});

test("pages may load nothing but what this server has, and hold no script or style of their own", async () => {
  for (const path of ["/api/docs", "/api/docs/guide", "/docs/errors"]) {
    const { headers, body } = await ask(path);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(body).not.toMatch(/<style|<script>|<script(?![^>]* src=)| style=| on\w+=|https?:/);
  }
});

test("the page loads only files that are there", async () => {
  const names = new Set<string>();
  const pages = ["/api/docs", "/api/docs/guide", "/docs/errors"];
  const scripts = ["reference.js", "guide.js", "search.js", "operation-view.js"].map((name) => `/api/docs/${name}`);
  for (const path of [...pages, ...scripts]) {
    const { body } = await ask(path);
    for (const [, name = ""] of String(body).matchAll(
      /(?:src|href)="[^"]*docs\/([\w.-]+\.\w+)"|from "\.\/([\w.-]+)"/g,
    )) {
      if (name !== "") names.add(name);
    }
  }
  const paths = routes.map(({ path }) => path);
  expect([...names].filter((name) => !paths.includes(`/api/docs/${name}`))).toEqual([]);
  expect(names.size).toBeGreaterThan(2);
});

test("what a definition says is text on the page of errors, and no markup", async () => {
  const { body } = await ask("/docs/errors");
  expect(body).not.toContain("<script>alert");
  expect(body).toContain("Too &#34;loud&#34; &#38; &#60;b&#62;long");
  expect(body).toContain('<section id="too_loud">');
});
