import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the tests of the guide run with node --test, and are able to fail", async () => {
  const page = await readFile(join(root, "docs/testing.md"), "utf8");
  const guide = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  expect(guide).toContain("added.status, 201");
  // Inside the project, so that "galley" is found as an application would find it.
  const folder = await mkdtemp(join(root, "test/testing/guide-"));
  try {
    const run = async (name: string, code: string): Promise<{ readonly code: number; readonly stdout: string }> => {
      const file = join(folder, name);
      await writeFile(file, code);
      const started = promisify(execFile)(process.execPath, [
        "--conditions=galley-source",
        "--test",
        "--test-isolation=none",
        file,
      ]);
      return started.then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { readonly code: number; readonly stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      );
    };
    const [right, wrong] = await Promise.all([
      run("right.ts", guide),
      run("wrong.ts", guide.replace("added.status, 201", "added.status, 299")),
    ]);
    expect(right).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 2\n/) });
    expect(wrong).toMatchObject({ code: 1, stdout: expect.stringMatching(/pass 1\n[^]*fail 1\n/) });
  } finally {
    await rm(folder, { recursive: true });
  }
});
