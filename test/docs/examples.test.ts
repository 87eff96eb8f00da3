import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type App, createApp } from "../../src/server/create-app.ts";
import type { Backend } from "../../src/index.ts";
import { pageNames } from "./page-names.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const administrator = { email: "admin@example.com", password: "a good password" };
const examples: string[] = [];
const texts = new Map<string, string>();
/** Whether an example is one for node:test, which reports to nobody here when it is only imported. */
const isTest = (name: string): boolean => texts.get(name)?.includes('from "node:test"') === true;
let folder = "";

beforeAll(async () => {
  // Inside the project, so that "galley" is found as an application would find it.
  folder = await mkdtemp(join(root, "test/docs/readme-"));
  for (const file of await pageNames()) {
    const text = await readFile(join(root, "docs", file), "utf8");
    const page = file.replace(".md", "").replace("/", "-");
    await mkdir(join(folder, page));
    for (const [index, [, code = ""]] of [...text.matchAll(/```ts\n([\s\S]*?)```/g)].entries()) {
      // An example that begins with its name can be imported by those after it.
      const name = `${page}/${/^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `${index + 1}.ts`}`;
      await writeFile(join(folder, name), code);
      examples.push(name);
      texts.set(name, code);
    }
  }
});

afterAll(() => rm(folder, { recursive: true }));

test("every example in docs compiles under strict settings", async () => {
  expect(examples.length).toBeGreaterThan(5);
  const configuration = { extends: "../../../tsconfig.json", include: ["*/*.ts"], exclude: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", folder]);
  await expect(run).resolves.toMatchObject({ stdout: "" });
});

test("every test in docs passes", async () => {
  const tests = examples.filter(isTest).map((name) => join(folder, name));
  expect(tests.length).toBeGreaterThan(0);
  const flags = ["--conditions=galley-source", "--test", "--test-isolation=none"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...tests]).catch(
    (error: { readonly stdout: string }) => error,
  );
  expect(stdout).toMatch(/^. fail 0$/m);
});

test("every example in docs runs, and every backend in them starts", async () => {
  const own = globalThis.fetch;
  let shop: { readonly page: string; readonly app: App } | undefined;
  try {
    for (const name of examples.filter((one) => !isTest(one))) {
      const [page = ""] = name.split("/");
      if (shop?.page !== page) {
        await shop?.app.close();
        shop = undefined;
        globalThis.fetch = own;
      }
      const module: { readonly default?: Backend } = await import(pathToFileURL(join(folder, name)).href);
      if (module.default === undefined) continue;
      const app = await createApp(module.default, { administrator });
      expect((await app.fetch(new Request("http://localhost/api/openapi.json"))).status, name).toBe(200);
      // What a page calls backend.ts is where the client of its other examples leads.
      if (!name.endsWith("/backend.ts")) await app.close();
      else {
        shop = { page, app };
        globalThis.fetch = (input, init) => app.fetch(new Request(input, init));
      }
    }
  } finally {
    globalThis.fetch = own;
    await shop?.app.close();
  }
});
