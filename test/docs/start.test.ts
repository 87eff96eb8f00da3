import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Backend } from "../../src/index.ts";
import { createTestApp } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("what the start has its reader change in the created application fits it, and does what is said of it", async () => {
  const page = await readFile(join(root, "docs/start.md"), "utf8");
  let text = await readFile(join(root, "template/backend.ts"), "utf8");
  const changes = [...page.matchAll(/```diff\n([\s\S]*?)```/g)].map(([, change = ""]) => change.split("\n").slice(0, -1));
  expect(changes).not.toEqual([]);
  for (const lines of changes) {
    const side = (other: string) => lines.filter((line) => !line.startsWith(other)).map((line) => `${line.slice(1)}\n`);
    const before = side("+").join("");
    expect(text).toContain(before);
    text = text.replace(before, side("-").join(""));
  }
  // Inside the project, so that "galley" is found as an application would find it.
  const folder = await mkdtemp(join(root, "test/docs/readme-"));
  try {
    await writeFile(join(folder, "backend.ts"), text);
    const { default: backend }: { default: Backend } = await import(pathToFileURL(join(folder, "backend.ts")).href);
    await using app = await createTestApp(backend);
    const ada = app.as(await app.user());
    expect((await ada.get("/api/tasks?due[lte]=2026-12-31&sort=due")).body).toEqual({ data: [], next: null });
  } finally {
    await rm(folder, { recursive: true });
  }
});
