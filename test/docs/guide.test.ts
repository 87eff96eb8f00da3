import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, backend } from "../../src/index.ts";
import { type App, createApp } from "../../src/server/create-app.ts";
import { pageNames } from "./page-names.ts";

const origin = "http://localhost";
const folder = new URL("../../docs/", import.meta.url);
let app: App;
let files: readonly string[] = [];

beforeAll(async () => {
  app = await createApp(
    backend({
      name: "Shop & <Sons>",
      collections: [],
      actions: [action("ring", { summary: "Rings the <bell>", run: () => undefined })],
    }),
  );
  files = await pageNames();
});

afterAll(() => app.close());

const ask = (path: string, headers: Record<string, string> = {}) => app.fetch(new Request(origin + path, { headers }));
const addressOf = (file: string) => `/api/docs/guide/${file.replace(/\.md$/, "")}`.replace(/\/README$/, "");
const linksOf = (html: string) => [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)].map(([, href]) => href!);
const idsOf = (html: string) => [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);

test("every page of docs is on the site, with all its headings, under the name of the application", async () => {
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const response = await ask(addressOf(file));
    expect(response.status, file).toBe(200);
    expect(response.headers.get("content-type"), file).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy"), file).toMatch(/^default-src 'none'; script-src 'self';/);
    const html = await response.text();
    const text = (await readFile(new URL(file, folder), "utf8")).replace(/^```[\s\S]*?^```/gm, "");
    expect(html.match(/<h[1-6] id=/g), file).toHaveLength(text.match(/^#+ /gm)!.length);
    expect(html, file).toContain("Shop &#38; &#60;Sons&#62;");
    expect(html, file).not.toMatch(/<style|<script>| style=| on\w+="/);
  }
});

test("every link of the site leads to a page that is there, and to a place on it", async () => {
  const pages = new Map<string, string>();
  const waiting = ["/api/docs/guide"];
  const broken: string[] = [];
  const places: { readonly from: string; readonly path: string; readonly hash: string }[] = [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (pages.has(path)) continue;
    const response = await ask(path);
    const isPage = response.headers.get("content-type")?.startsWith("text/html") === true;
    const html = await response.text();
    pages.set(path, isPage ? html : "");
    if (response.status !== 200) broken.push(path);
    for (const href of isPage ? linksOf(html) : []) {
      // A proxy may serve the site below a path of its own.
      expect(href, path).not.toMatch(/^\//);
      const url = new URL(href, origin + path);
      if (url.origin !== origin) continue;
      waiting.push(url.pathname);
      if (url.hash !== "") places.push({ from: path, path: url.pathname, hash: decodeURIComponent(url.hash.slice(1)) });
    }
  }
  expect(broken).toEqual([]);
  expect([...pages.keys()]).toEqual(expect.arrayContaining(files.map(addressOf)));
  expect(pages.has("/docs/errors") && pages.has("/api/openapi.json")).toBe(true);
  // No two places of a page have one name, and each that is linked to is there.
  for (const [path, html] of pages) expect(new Set(idsOf(html)).size, path).toBe(idsOf(html).length);
  expect(places.filter(({ path, hash }) => !idsOf(pages.get(path)!).includes(hash))).toEqual([]);
  expect(places.length).toBeGreaterThan(20);
});

test("an address that is no page is answered 404: people with the way to those that are, programs with a problem", async () => {
  for (const path of ["nothing", "guide/nothing", "guide/reference/nothing", "guide/README", "guide/..%2f..%2fpackage", "guide/reference%2ffields"]) {
    const problem = await ask(`/api/docs/${path}`);
    expect([problem.status, problem.headers.get("vary")], path).toEqual([404, "accept"]);
    expect(await problem.json(), path).toMatchObject({ code: "not_found", status: 404 });
    const response = await ask(`/api/docs/${path}`, { accept: "text/html,*/*;q=0.8" });
    expect([response.status, response.headers.get("vary")], path).toEqual([404, "accept"]);
    const html = await response.text();
    expect(html).toContain("<h1>There is no such page</h1>");
    for (const href of linksOf(html).filter((one) => !one.startsWith("#"))) {
      const there = await ask(new URL(href, `${origin}/api/docs/${path}`).pathname);
      expect(there.status, `${href} of ${path}`).toBe(200);
    }
  }
});

test("a page is sent again only to who doesn't have it", async () => {
  const first = await ask("/api/docs/guide/rules");
  const tag = first.headers.get("etag")!;
  expect(first.headers.get("cache-control")).toBe("public, no-cache");
  const again = await ask("/api/docs/guide/rules", { "if-none-match": tag });
  expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, tag, ""]);
  expect((await ask("/api/docs/guide/rules", { "if-none-match": '"other"' })).status).toBe(200);
});

test("the search knows every section of every page, and every operation", async () => {
  const response = await ask("/api/docs/search.json");
  const index = (await response.json()) as { href: string; title: string; place: string; text: string }[];
  expect(index).toContainEqual(
    expect.objectContaining({ href: "../docs#operation/ring", title: "Rings the <bell>", place: "POST /api/actions/ring" }),
  );
  for (const file of files.filter((name) => name !== "README.md")) {
    const path = addressOf(file).replace("/api/docs/", "");
    const html = await (await ask(`/api/docs/${path}`)).text();
    const hrefs = index.map(({ href }) => href).filter((href) => href.split("#")[0] === path);
    const ids = [...html.matchAll(/<h([1-6]) id="([^"]*)"/g)].map(([, depth, id]) => (depth === "1" ? path : `${path}#${id}`));
    expect(hrefs, file).toEqual(ids);
  }
  expect(index.filter(({ text }) => text.includes("serializable transaction")).length).toBeGreaterThan(0);
});
