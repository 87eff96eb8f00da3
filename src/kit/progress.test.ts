import { describe, expect, test } from "vitest";
import { createProgress, type ProgressOptions } from "./progress.ts";

/** A progress whose clock a test turns, and what it has written. */
function watched(options: Pick<ProgressOptions, "total"> & { readonly isTTY: boolean; readonly columns?: number }) {
  const written: string[] = [];
  let time = 5000;
  const stream = { isTTY: options.isTTY, columns: options.columns ?? 120, write: (text: string) => written.push(text) };
  const progress = createProgress({ stream, label: "moving", total: options.total, now: () => time });
  return {
    ...progress,
    written,
    after(milliseconds: number, count: number): string | undefined {
      time += milliseconds;
      progress.advance(count);
      return written.at(-1);
    },
  };
}

describe("progress on a terminal", () => {
  test("is one line that is written over: a bar, a count, a rate and the time that is left", () => {
    const progress = watched({ isTTY: true, total: 4000 });
    expect(progress.written).toEqual([`\r  moving      ${"░".repeat(24)}    0 %  0 of 4,000  0/s\u001B[K`]);
    expect(progress.after(1000, 1000)).toBe(
      `\r  moving      ${"█".repeat(6)}${"░".repeat(18)}   25 %  1,000 of 4,000  1,000/s  0:03 left\u001B[K`,
    );
    progress.after(3000, 3000);
    progress.end();
    expect(progress.written.at(-1)).toBe(
      `\r  moving      ${"█".repeat(24)}  100 %  4,000 of 4,000  1,000/s  in 0:04\u001B[K\n`,
    );
  });

  test("counts what is in a file without knowing how many there are", () => {
    const written: string[] = [];
    let time = 0;
    const stream = { isTTY: true, columns: 120, write: (text: string) => written.push(text) };
    const part = () => time / 4000;
    const progress = createProgress({ stream, label: "importing", part, now: () => time });
    time = 1000;
    progress.advance(5000);
    expect(written.at(-1)).toBe(
      `\r  importing   ${"█".repeat(6)}${"░".repeat(18)}   25 %  5,000  5,000/s  0:03 left\u001B[K`,
    );
  });

  test("moves by eighths of a sign", () => {
    const progress = watched({ isTTY: true, total: 24 * 8 });
    const drawn = Array.from({ length: 10 }, () => progress.after(1000, 1)?.slice(15, 17));
    expect(drawn).toEqual(["▏░", "▎░", "▍░", "▌░", "▋░", "▊░", "▉░", "█░", "█▏", "█▎"]);
  });

  test("fits into the line, with a shorter bar or none", () => {
    const widths = [70, 58, 30].map((columns) => {
      const line = watched({ isTTY: true, columns, total: 4000 }).after(1000, 1000) ?? "";
      return [line.replace(/\u001B\[K|\r/g, "").length, (line.match(/[█░]/g) ?? []).length];
    });
    expect(widths).toEqual([
      [69, 12],
      [55, 0],
      [29, 0],
    ]);
  });

  test("is drawn ten times a second at the most", () => {
    const progress = watched({ isTTY: true, total: 1000 });
    for (let step = 0; step < 100; step++) progress.after(10, 1);
    expect(progress.written).toHaveLength(11);
  });
});

describe("progress in a file", () => {
  test("is a line every few seconds, and one at the end", () => {
    const progress = watched({ isTTY: false, total: 7200 });
    progress.after(4999, 1);
    expect(progress.written).toEqual([]);
    expect(progress.after(1, 1)).toBe("  moving        0 %  2 of 7,200  0/s  4:59:55 left\n");
    progress.after(5000, 7198);
    progress.end();
    expect(progress.written.at(-1)).toBe("  moving      100 %  7,200 of 7,200  720/s  in 0:10\n");
    expect(progress.written.join("")).not.toMatch(/[\r█]/);
  });

  test("of what can't be counted says how long it took", () => {
    const progress = watched({ isTTY: false, total: undefined });
    progress.after(61_000, 0);
    progress.end();
    expect(progress.written.at(-1)).toBe("  moving      in 1:01\n");
  });

  test("of nothing is silent", () => {
    const progress = watched({ isTTY: true, total: 0 });
    progress.end();
    expect(progress.written).toEqual([]);
  });
});
