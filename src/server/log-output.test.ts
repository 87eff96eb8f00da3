import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { createLogOutput } from "./log-output.ts";

const folder = mkdtempSync(join(tmpdir(), "galley-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const lineOf = (index: number): string => `${index} ${"x".repeat(index % 300)} häh\n`;

it("writes every line once and in order, and the rest when it is flushed", async () => {
  const file = join(folder, "lines");
  const descriptor = openSync(file, "w");
  const output = createLogOutput(descriptor);
  let expected = "";
  for (let index = 0; index < 5000; index++) {
    output.write(lineOf(index));
    expected += lineOf(index);
    if (index % 1000 === 0) await wait(1);
  }
  await wait(50);
  output.flushSync();
  await wait(50);
  closeSync(descriptor);
  expect(readFileSync(file, "utf8")).toBe(expected);
});

it("writes a line that is longer than one write takes", async () => {
  const file = join(folder, "long");
  const descriptor = openSync(file, "w");
  const output = createLogOutput(descriptor);
  const line = `${"stack ".repeat(20_000)}\n`;
  output.write(line);
  output.write("after\n");
  await wait(100);
  closeSync(descriptor);
  expect(readFileSync(file, "utf8")).toBe(`${line}after\n`);
});

it("loses lines, and nothing else, where nothing can be written", async () => {
  const file = join(folder, "closed");
  const descriptor = openSync(file, "w");
  const readOnly = openSync(file, "r");
  const output = createLogOutput(readOnly);
  for (let index = 0; index < 100; index++) output.write(lineOf(index));
  output.flushSync();
  await wait(50);
  output.write("still there\n");
  output.flushSync();
  await wait(50);
  closeSync(readOnly);
  closeSync(descriptor);
  expect(readFileSync(file, "utf8")).toBe("");
});

it("keeps up with more lines in each turn of the event loop than one write to a pipe takes", async () => {
  const source = `
    import { createLogOutput } from ${JSON.stringify(new URL("log-output.ts", import.meta.url).href)};
    const output = createLogOutput(1);
    const line = "x".repeat(199) + "\\n";
    const worked = new Int32Array(new SharedArrayBuffer(4));
    let turns = 0;
    const turn = () => {
      for (let index = 0; index < 70; index++) output.write(line);
      Atomics.wait(worked, 0, 0, 1);
      if (++turns < 2000) setImmediate(turn);
      else setTimeout(() => process.exit(0), 1000);
    };
    turn();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let bytes = 0;
  for await (const data of child.stdout) bytes += (data as Buffer).length;
  // With one write each turn 20 MB would have had to wait, which is more than may.
  expect(bytes).toBe(2000 * 70 * 200);
});

const program = `
  import { createLogOutput } from ${JSON.stringify(new URL("log-output.ts", import.meta.url).href)};
  const output = createLogOutput(1);
  for (let index = 0; index < 20000; index++) output.write("a line of some length, number " + index + "\\n");
  output.flushSync();
  process.exit(0);
`;

it("flushes all of it to a reader who reads", () => {
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(status).toBe(0);
  const numbers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => Number(line.split(" ").at(-1)));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20_000 }, (_, index) => index));
});

it.skipIf(process.platform !== "linux")("does not wait for a full disk, nor for a reader who has gone", async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", full, "inherit"] });
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  closeSync(full);
  const deaf = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  deaf.stdout.destroy();
  expect(await new Promise((resolve) => deaf.once("exit", resolve))).toBe(0);
});
