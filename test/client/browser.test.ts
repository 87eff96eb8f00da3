import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { createClient } from "../../src/client/index.ts";
import { type App, createApp } from "../../src/server/create-app.ts";
import { createNodeHost, type NodeHost } from "../../src/server/node-host.ts";
import definition from "./backend.ts";
import type { FilmClient } from "./open-client.ts";

/** What the pages of this test have in their global scope. */
interface PageScope {
  readonly location: { hash: string };
  readonly localStorage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
  readonly createClient: typeof createClient<typeof definition>;
  shop: FilmClient;
}

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
// A machine that has only npm has no browser; continuous integration installs one, and fails where it can't.
if (chromiumPath === undefined) console.warn("The client is not tested in a browser: install the package chromium.");
const browserTest = chromiumPath === undefined ? test.skip : test;

const administrator = { email: "admin@example.com", password: "a good password" };

/** Origins of pages: of the same site as the server, of another one, and one that the server has not been told of. */
let [sameSite, otherSite, unknownSite] = ["", "", ""];
let pages: Server[];
let app: App;
let host: NodeHost;
let server: string;
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  const [known = 0, unknown = 0] = await openPages();
  [sameSite, otherSite] = [`http://127.0.0.1:${known}`, `http://localhost:${known}`];
  unknownSite = `http://127.0.0.1:${unknown}`;
  app = await createApp(definition, { administrator, corsOrigins: [sameSite, otherSite] });
  host = createNodeHost({ handle: app.handle });
  server = `http://127.0.0.1:${await host.listen({ port: 0, host: "127.0.0.1" })}`;
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await host?.close(0);
  await app?.close();
  for (const one of pages ?? []) one.close();
});

/** A page with nothing but the client's own modules, their types stripped: were anything else imported, it would fail. */
async function fileOf(path: string): Promise<{ readonly contentType: string; readonly body: string }> {
  if (path === "/page") {
    const script = 'import { createClient } from "/client/index.ts"; globalThis.createClient = createClient;';
    const body = `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`;
    return { contentType: "text/html", body };
  }
  const text = await readFile(new URL(`../../src${path}`, import.meta.url), "utf8");
  return { contentType: "text/javascript", body: stripTypeScriptTypes(text) };
}

/** Serves the page from two ports. */
function openPages(): Promise<number[]> {
  pages = [1, 2].map(() =>
    createServer((request, response) => {
      fileOf(request.url ?? "").then(
        ({ contentType, body }) => response.writeHead(200, { "content-type": contentType }).end(body),
        () => response.writeHead(404).end(),
      );
    }),
  );
  return Promise.all(
    pages.map(
      (one) => new Promise<number>((resolve) => one.listen(0, () => resolve((one.address() as AddressInfo).port))),
    ),
  );
}

/** Opens a page of an origin whose client asks the server, and does something with it. */
async function visit(
  origin: string,
  options: { readonly storage?: "memory"; readonly retries?: number },
  work: (page: Page, reopen: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  // The backend itself has no pages of ours.
  if (origin === server)
    await context.route(/\/(?:page|client\/[a-z-]+\.ts)$/, async (route) =>
      route.fulfill(await fileOf(new URL(route.request().url()).pathname)),
    );
  const page = await context.newPage();
  const open = async (): Promise<void> => {
    await page.goto(`${origin}/page`);
    await page.waitForFunction("globalThis.createClient");
    await page.evaluate(
      ([url, given]) => {
        const scope = globalThis as unknown as PageScope;
        scope.shop = scope.createClient(url, given);
      },
      [origin === server ? "" : server, options] as const,
    );
  };
  await open();
  await work(page, open);
  await context.close();
}

const signUp = (page: Page, email: string) =>
  page.evaluate(async (address) => {
    const { shop } = globalThis as unknown as PageScope;
    return (await shop.auth.signUp({ email: address, password: "a good password" })).user.email;
  }, email);

const whoIs = (page: Page) =>
  page.evaluate(async () => (await (globalThis as unknown as PageScope).shop.auth.session())?.user.email);

browserTest.each([
  ["the server's own", "own@example.com", () => server],
  ["another origin of the same site", "near@example.com", () => sameSite],
])("in a page of %s the session is a cookie that no script sees", async (_, email, origin) => {
  await visit(origin(), {}, async (page, reopen) => {
    expect(await signUp(page, email)).toBe(email);
    await reopen();
    expect(await whoIs(page)).toBe(email);
    expect(await page.evaluate("document.cookie + localStorage.length + sessionStorage.length")).toBe("00");
    // A write rides on the cookie, too, and shows that it is none of another site's.
    const changed = await page.evaluate(async () => {
      const { shop } = globalThis as unknown as PageScope;
      const session = await shop.auth.session();
      const user = await shop.users.update(session?.user.id ?? "", { name: "Grace" }, { ifMatch: session?.user ?? "" });
      const again = await shop.users.get(user.id);
      return { name: user.name, same: (await shop.users.get(user.id, {}, { ifNoneMatch: again })) === again };
    });
    expect(changed).toEqual({ name: "Grace", same: true });
    await page.evaluate(() => (globalThis as unknown as PageScope).shop.auth.signOut());
    await reopen();
    expect(await whoIs(page)).toBeUndefined();
  });
});

browserTest("in a page of another site a token is kept where the application says", async () => {
  await visit(otherSite, { storage: "memory" }, async (page, reopen) => {
    expect(await signUp(page, "far@example.com")).toBe("far@example.com");
    expect(await whoIs(page)).toBe("far@example.com");
    await reopen();
    expect(await whoIs(page)).toBeUndefined();

    const keep = () => {
      const scope = globalThis as unknown as PageScope;
      const { location, localStorage } = scope;
      scope.shop = scope.createClient(location.hash.slice(1), {
        storage: {
          get: () => localStorage.getItem("token"),
          set: (token) => (token === null ? localStorage.removeItem("token") : localStorage.setItem("token", token)),
        },
      });
    };
    await page.evaluate((url) => void ((globalThis as unknown as PageScope).location.hash = url), server);
    await page.evaluate(keep);
    await page.evaluate((who) => (globalThis as unknown as PageScope).shop.auth.signIn(who), {
      email: "far@example.com",
      password: "a good password",
    });
    await page.reload();
    await page.waitForFunction("globalThis.createClient");
    await page.evaluate(keep);
    expect(await whoIs(page)).toBe("far@example.com");
    await page.evaluate(() => (globalThis as unknown as PageScope).shop.auth.signOut());
    expect(await page.evaluate("localStorage.length")).toBe(0);
  });
});

browserTest("a token that a page keeps leaves no cookie in the browser", async () => {
  await visit(server, { storage: "memory" }, async (page) => {
    expect(await signUp(page, "plain@example.com")).toBe("plain@example.com");
    expect(await whoIs(page)).toBe("plain@example.com");
    expect(await page.context().cookies()).toEqual([]);
  });
});

browserTest("a page of an origin that is not listed reaches nothing", async () => {
  await visit(unknownSite, { retries: 0 }, async (page) => {
    const code = await page.evaluate(async () => {
      const outcome = await (globalThis as unknown as PageScope).shop.films.list().result();
      return outcome.ok ? "ok" : outcome.error.code;
    });
    expect(code).toBe("network");
  });
});

browserTest("what fails on the way is sent again, and a redirect is followed by nobody", async () => {
  await visit(server, {}, async (page) => {
    const keys: (string | undefined)[] = [];
    await page.route("**/api/actions/ping", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      await (keys.length === 1 ? route.abort("connectionreset") : route.continue());
    });
    await page.route("**/api/films*", (route) => route.fulfill({ status: 302, headers: { location: "/page" } }));
    const outcome = await page.evaluate(async () => {
      const { shop } = globalThis as unknown as PageScope;
      const controller = new AbortController();
      const aborted = shop.directors.list({}, { signal: controller.signal }).result();
      controller.abort();
      const outcomes = [await shop.ping().result(), await shop.films.list().result(), await aborted];
      return outcomes.map((one) => (one.ok ? "ok" : one.error.code));
    });
    expect(outcome).toEqual(["ok", "unexpected_answer", "aborted"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });
});
