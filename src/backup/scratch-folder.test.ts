import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withScratchFolder } from "./scratch-folder.ts";

test("a process that is told to end removes every folder it works in", async () => {
  const beside = await mkdtemp(join(tmpdir(), "galley-test-"));
  onTestFinished(() => rm(beside, { recursive: true }));
  const script = `import { withScratchFolder } from ${JSON.stringify(new URL("scratch-folder.ts", import.meta.url).href)};
    const { promise } = Promise.withResolvers();
    setInterval(() => {}, 1000);
    await withScratchFolder(${JSON.stringify(beside)}, () => withScratchFolder(${JSON.stringify(beside)}, () => {
      process.stdout.write("both");
      return promise;
    }));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  expect(await readdir(beside)).toHaveLength(2);
  child.kill("SIGTERM");
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(1);
  expect(await readdir(beside)).toEqual([]);
});

test("a folder that can't be made is told in one line", async () => {
  const work = withScratchFolder("/proc/galley/backups", async () => undefined);
  await expect(work).rejects.toThrow(/^The folder \/proc\/galley\/backups can't be made \(E[A-Z]+\)\. Name one/);
});
