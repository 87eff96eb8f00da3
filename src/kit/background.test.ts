import { afterEach, describe, expect, it } from "vitest";
import { type Background, createBackground } from "./background.ts";

/** A module for threads: what `prepare` answers does what is asked for. */
function threadOf(prepare: string): URL {
  const serve = new URL("background-thread.ts", import.meta.url).href;
  const text = `import { serveBackground } from ${JSON.stringify(serve)};
    serveBackground(${prepare});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

let background: Background<number, number> | undefined;

function start(prepare: string, data?: unknown): Background<number, number> {
  background = createBackground<number, number>(threadOf(prepare), data);
  return background;
}

afterEach(async () => {
  await background?.end(new Error("The test is over."));
  background = undefined;
});

describe("work in the background", () => {
  it("is done one after the other, with what the threads were given", async () => {
    const { run } = start("(sum) => (given) => sum += given", 10);
    expect(await Promise.all([run(1), run(2), run(3)])).toEqual([11, 13, 16]);
  });

  it("fails alone", async () => {
    const { run } = start("() => (given) => { if (given < 0) throw new RangeError('below zero'); return given; }");
    const [wrong, right] = await Promise.allSettled([run(-1), run(1)]);
    expect(wrong).toMatchObject({ status: "rejected", reason: { message: "below zero" } });
    expect(right).toEqual({ status: "fulfilled", value: 1 });
  });

  it("fails with its thread, and finds another one", async () => {
    const ends = new Int32Array(new SharedArrayBuffer(4));
    const prepare =
      "(ends) => { if (Atomics.add(ends, 0, 1) === 0) throw new Error('gone'); return (given) => given; }";
    const { run } = start(prepare, ends);
    await expect(run(1)).rejects.toThrow("gone");
    expect(await run(2)).toBe(2);
  });

  it("is given up when it is ended, and whoever comes later finds another thread", async () => {
    const started = start("() => (given) => { while (given === 0); return given; }");
    const [endless, ended] = await Promise.allSettled([started.run(0), started.end(new Error("That is enough."))]);
    expect(endless).toMatchObject({ reason: new Error("That is enough.") });
    expect(ended.status).toBe("fulfilled");
    expect(started.waiting).toBe(0);
    expect(await started.run(1)).toBe(1);
  });
});
