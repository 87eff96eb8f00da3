import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { watchTurns } from "./watch-turns.ts";

/** A thread that answers pings, and begins what it is to do when it is told. */
async function startThread(work: string): Promise<Worker> {
  const source = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", (order) => (order.ping ? parentPort.postMessage("pong") : work()));
    function work() { ${work} }`;
  const worker = new Worker(source, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  await once(worker, "online");
  return worker;
}

/** Watches a thread while it works. @returns settles with where it is stuck */
function watched(worker: Worker, patience: number): Promise<string> {
  return new Promise((stuck) => {
    const watch = watchTurns(worker, { patience, every: 20 }, stuck);
    worker.on("message", () => watch.answered());
    onTestFinished(() => watch.end());
    worker.postMessage({});
  });
}

test("a thread that is in a loop without an end is stuck", async () => {
  const worker = await startThread("for (;;);");
  // No module of a file is in it.
  expect(await watched(worker, 100_000)).toBe("what can't be seen from outside");
});

test.for([
  {
    what: "computes without an end, and takes turns",
    work: "const until = performance.now() + 5; while (performance.now() < until); setImmediate(work);",
  },
  {
    what: "waits for what doesn't come, and computes nothing",
    work: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);",
  },
  { what: "has nothing to do", work: "" },
])("one that $what is let be", async ({ work }) => {
  const worker = await startThread(work);
  expect(await Promise.race([watched(worker, 200_000), sleep(1000, "let be")])).toBe("let be");
});

test("watching a thread that ends comes to an end", async () => {
  const worker = await startThread("process.exit();");
  expect(await Promise.race([watched(worker, 100_000), sleep(300, "let be")])).toBe("let be");
});
