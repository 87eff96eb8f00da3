import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/server/create-app.ts";
import type { Backend } from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const examples: string[] = [];
let folder = "";

beforeAll(async () => {
  // Inside the project, so that "galley" is found as an application would find it.
  folder = await mkdtemp(join(root, "test/docs/readme-"));
  for (const page of (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md"))) {
    const text = await readFile(join(root, "docs", page), "utf8");
    for (const [index, [, code = ""]] of [...text.matchAll(/```ts\n([\s\S]*?)```/g)].entries()) {
      const name = `${page.replace(".md", "")}-${index + 1}.ts`;
      await writeFile(join(folder, name), code);
      examples.push(name);
    }
  }
});

afterAll(() => rm(folder, { recursive: true }));

test("every example in docs compiles under strict settings", async () => {
  expect(examples.length).toBeGreaterThan(5);
  const configuration = { extends: "../../../tsconfig.json", include: ["*.ts"], exclude: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", folder]);
  await expect(run).resolves.toMatchObject({ stdout: "" });
});

test("every example in docs runs, and every backend in them starts", async () => {
  for (const name of examples) {
    const module: { readonly default?: Backend } = await import(pathToFileURL(join(folder, name)).href);
    if (module.default === undefined) continue;
    const app = await createApp(module.default);
    expect((await app.fetch(new Request("http://localhost/api/openapi.json"))).status, name).toBe(200);
    await app.close();
  }
});
