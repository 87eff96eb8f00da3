import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SpawnedServer, spawnServer, temporaryFolder } from "./server/spawn-server.ts";

const admin = { email: "admin@example.com", password: "the manager of the shop" };

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
// A machine that has only npm has no browser; continuous integration installs one, and fails where it can't.
if (chromiumPath === undefined) console.warn("The reference page is not tested: install the package chromium.");
const browserTest = chromiumPath === undefined ? test.skip : test;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: SpawnedServer;
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  folder = await temporaryFolder();
  server = await spawnServer(new URL("../examples/shop/backend.ts", import.meta.url), folder.path, {
    GALLEY_ADMIN_EMAIL: admin.email,
    GALLEY_ADMIN_PASSWORD: admin.password,
  });
  browser = await chromium.launch({
    executablePath: chromiumPath ?? "",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.end();
  await folder?.remove();
});

/** Opens a page of the server and does something with it. Nothing may leave the origin or break the page's policy. */
async function visit(path: string, work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const asked: string[] = [];
  const wrong: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") wrong.push(message.text());
  });
  context.on("weberror", (error) => wrong.push(error.error().message));
  const page = await context.newPage();
  await page.goto(server.origin + path);
  await work(page);
  await context.close();
  expect(wrong).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((url) => new URL(url).origin !== server.origin)).toEqual([]);
}

browserTest("the page shows every operation, asks nobody else, and logs nothing", async () => {
  await visit("/api/docs", async (page) => {
    await page.getByRole("heading", { level: 1, name: "Film shop" }).waitFor();
    const described = (await (await fetch(`${server.origin}/api/openapi.json`)).json()) as { paths: object };
    const operations = Object.values(described.paths).flatMap((methods) => Object.keys(methods as object));
    expect(await page.locator(".operation-link").count()).toBe(operations.length);
  });
});

browserTest("every operation and schema can be opened", { timeout: 120_000 }, async () => {
  await visit("/api/docs", async (page) => {
    await page.locator(".operation-link").first().waitFor({ state: "attached" });
    const hashes = await page
      .locator(".operation-link")
      .evaluateAll((links) => links.map((one) => one.getAttribute("href")));
    const { components } = (await (await fetch(`${server.origin}/api/openapi.json`)).json()) as {
      components: { schemas: object };
    };
    for (const hash of [...hashes, ...Object.keys(components.schemas).map((name) => `#schema/${name}`)]) {
      const before = await page.title();
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.waitForFunction(`document.title !== ${JSON.stringify(before)}`);
      // What is folded away is drawn when it is opened.
      await page.evaluate(`document.querySelectorAll("main details").forEach((one) => (one.open = true))`);
    }
  });
});

browserTest("the search finds operations by their words, and the keyboard opens them", async () => {
  await visit("/api/docs", async (page) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("buy cart");
    await page.getByText(/^1 operation\b/).waitFor();
    expect(await page.locator(".operation-link:visible").allInnerTexts()).toEqual([
      expect.stringContaining("checkout"),
    ]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Buy what is in your cart" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#operation/checkout");
    expect(JSON.parse(await page.getByLabel("Body").inputValue())).toMatchObject({
      address: { country: expect.any(String) },
    });
  });
});

browserTest("the console sends what is filled in, and shows the answer and the same as curl", async () => {
  await visit("/api/docs#operation/filmsList", async (page) => {
    const console = page.getByRole("form", { name: "Try it" });
    await console.getByText("Query (8)").click();
    await console.getByLabel("limit", { exact: true }).fill("2");
    await console.getByLabel("sort", { exact: true }).fill("-price,title");
    await console.getByRole("button", { name: "Add a condition" }).click();
    await console.getByLabel("Field").selectOption("genre");
    await console.getByLabel("Operator").selectOption("in");
    await console.getByLabel("Value").fill("Drama,Comedy");
    await console.getByRole("button", { name: "Send" }).click();
    await console.locator(".result .status").waitFor();
    expect(await console.locator(".result .status").innerText()).toBe("200");
    const answer = JSON.parse(await console.locator(".result .body").innerText()) as { data: { genre: string }[] };
    expect(answer.data).toHaveLength(2);
    expect(["Drama", "Comedy"]).toContain(answer.data[0]?.genre);
    const query = "limit=2&genre[in]=Drama,Comedy";
    expect(await console.locator(".curl").innerText()).toBe(
      `curl --globoff '${server.origin}/api/films?sort=-price,title&${query}'`,
    );
  });
});

browserTest("who signs in acts under the session cookie, and no script holds the token", async () => {
  await visit("/api/docs#operation/couponsCreate", async (page) => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("E-mail").fill(admin.email);
    await page.getByLabel("Password").fill(admin.password);
    await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
    await page.getByText(`as ${admin.email}`).waitFor();
    const body = { code: "DOCS", percentOff: 5, validFrom: "2026-01-01T00:00:00Z", validUntil: "2027-01-01T00:00:00Z" };
    await page.getByLabel("Body").fill(JSON.stringify(body));
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".result .status").waitFor();
    expect(await page.locator(".result .status").innerText()).toBe("201");
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage, cookie: document.cookie })")).toBe(
      JSON.stringify({ "galley-reference-user": admin.email, cookie: "" }),
    );
  });
});

browserTest("a token is sent as a bearer token, and kept in the tab alone", async () => {
  const response = await fetch(`${server.origin}/api/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(admin),
  });
  const { token } = (await response.json()) as { token: string };
  await visit("/api/docs#operation/authSession", async (page) => {
    await page.getByRole("button", { name: "not signed in" }).click();
    await page.getByLabel("Bearer token").fill(token);
    await page.getByRole("button", { name: "Use the token" }).click();
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".result .status").waitFor();
    expect(await page.locator(".result .body").innerText()).toContain(admin.email);
    expect(await page.evaluate("localStorage.length")).toBe(0);
  });
});

browserTest("it fits a phone, where the operations are behind a button", async () => {
  await visit(
    "/api/docs#operation/filmsList",
    async (page) => {
      await page.getByRole("heading", { level: 1, name: "Lists films" }).waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      await page.getByRole("button", { name: "Operations" }).click();
      await page.getByRole("searchbox").fill("sign-up");
      await page.getByRole("link", { name: "/sign-up" }).click();
      await page.getByRole("heading", { level: 1, name: "Creates an account and signs in" }).waitFor();
      await page.getByRole("searchbox").waitFor({ state: "hidden" });
    },
    { viewport: { width: 360, height: 740 }, hasTouch: true },
  );
});

browserTest(
  "one bar leads from the reference to the guide and back, and the guide from chapter to chapter",
  async () => {
    await visit("/api/docs#operation/checkout", async (page) => {
      const bar = page.getByRole("navigation", { name: "Documentation" });
      await bar.getByRole("link", { name: "Guide" }).click();
      await page.getByRole("heading", { level: 1, name: "Galley's documentation" }).waitFor();
      await page
        .getByRole("navigation", { name: "Chapters" })
        .getByRole("link", { name: "Rules", exact: true })
        .click();
      await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/api/docs/guide/rules");
      expect(await page.locator("[aria-current=page]").allInnerTexts()).toEqual(["Rules"]);
      await page.getByRole("navigation", { name: "Previous and next" }).getByRole("link", { name: "Next" }).click();
      await page.getByRole("heading", { level: 1, name: "Actions" }).waitFor();
      await bar.getByRole("link", { name: "API reference" }).click();
      await page.getByRole("heading", { level: 1, name: "Film shop" }).waitFor();
      await bar.getByRole("link", { name: "Errors" }).click();
      await page.getByRole("navigation", { name: "Codes" }).getByRole("link", { name: "out_of_stock" }).click();
      expect(await page.locator("section:target").innerText()).toContain("checkout");
    });
  },
);

browserTest("the search of the guide finds sections and operations, and the keyboard opens them", async () => {
  await visit("/api/docs/guide/rules", async (page) => {
    await page.keyboard.press("/");
    await page.keyboard.type("If-Match");
    const hits = page.locator(".hit:visible");
    await hits.first().waitFor();
    expect(await page.locator(".contents-link:visible").count()).toBe(0);
    expect(await page.locator("#found").innerText()).toBe(`${await hits.count()} found`);
    await page.getByRole("searchbox").fill("cart cost");
    await page.getByText("1 found", { exact: true }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "See what your cart would cost" }).waitFor();
    // On the reference the guide is searched as well.
    await page.getByRole("searchbox").fill("validity of a retry");
    await page.getByText("0 operations", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("precondition_failed");
    await page.getByRole("link", { name: "precondition_failed Errors" }).click();
    await page.getByRole("heading", { level: 2, name: "precondition_failed" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#precondition_failed");
  });
});

browserTest("a section of a chapter is a click away, and is marked while it is read", async () => {
  await visit(
    "/api/docs/guide/client",
    async (page) => {
      const sections = page.getByRole("navigation", { name: "On this page" }).getByRole("link");
      await sections.filter({ hasText: "Sessions" }).click();
      await page.locator(".toc [aria-current]", { hasText: "Sessions" }).waitFor();
      const top = await page.locator("#sessions").evaluate((heading) => heading.getBoundingClientRect().top);
      // Below the bar, and not under it.
      expect(top).toBeGreaterThan(56);
      await page.getByRole("button", { name: "Copy" }).first().click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      expect(await page.evaluate<string>("navigator.clipboard.readText()")).toMatch(
        /^\/\/ backend\.ts\nimport .*\}\);\n?$/s,
      );
    },
    { viewport: { width: 1440, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] },
  );
});

browserTest("the guide fits a phone and paper", async () => {
  await visit(
    "/api/docs/guide/client",
    async (page) => {
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(await page.locator(".toc a:visible").count()).toBe(0);
      await page.getByText("On this page").click();
      await page.locator(".toc").getByRole("link", { name: "Sessions" }).click();
      expect(new URL(page.url()).hash).toBe("#sessions");
      await page.getByRole("button", { name: "Chapters" }).click();
      await page.getByRole("navigation", { name: "Chapters" }).getByRole("link", { name: "Testing" }).click();
      await page.getByRole("heading", { level: 1, name: "Testing" }).waitFor();
      await page.emulateMedia({ media: "print" });
      for (const part of [".bar", ".sidebar", ".turn"]) expect(await page.locator(part).isVisible(), part).toBe(false);
      expect(await page.getByRole("heading", { level: 1, name: "Testing" }).isVisible()).toBe(true);
    },
    { viewport: { width: 360, height: 740 }, hasTouch: true },
  );
});

browserTest("the guide is read without a script", async () => {
  await visit(
    "/api/docs/guide",
    async (page) => {
      await page.getByRole("main").getByRole("link", { name: "Rules" }).click();
      await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
    },
    { javaScriptEnabled: false },
  );
});

browserTest("it is dark where dark is preferred", async () => {
  const grounds: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const look = async (page: Page) =>
      void grounds.push(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
    await visit("/api/docs", look, { colorScheme });
  }
  expect(grounds).toEqual(["rgb(255, 255, 255)", "rgb(16, 21, 22)"]);
});

browserTest("the type of a problem leads to where it is explained", async () => {
  const response = await fetch(`${server.origin}/api/films/none`);
  const { type } = (await response.json()) as { type: string };
  await visit(type, async (page) => {
    expect(await page.locator("section:target").innerText()).toContain("No such route or record exists");
    expect(await page.locator("#out_of_stock").innerText()).toContain("checkout");
  });
});
