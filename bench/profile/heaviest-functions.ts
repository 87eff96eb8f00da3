import { table } from "../report/statistics.ts";
import { stageOf } from "./stages.ts";
import type { Stack } from "./thread-stacks.ts";

/**
 * The functions of Galley's that take most, each with what it calls outside of Galley: what of Node's or SQLite's it makes run is
 * its to save.
 */
export function heaviestFunctions(stacks: readonly Stack[], count: number): string {
  const found = new Map<string, { readonly cells: readonly string[]; microseconds: number }>();
  for (const { frames, microseconds } of stacks) {
    const own = frames.findLast(({ file }) => file !== "" && !file.startsWith("node:")) ?? frames.at(-1);
    const cells = [own?.name ?? "", own?.file ?? "", stageOf(frames)];
    const known = found.get(cells.join("|"));
    if (known === undefined) found.set(cells.join("|"), { cells, microseconds });
    else known.microseconds += microseconds;
  }
  const sorted = [...found.values()].toSorted((left, right) => right.microseconds - left.microseconds);
  return table(
    ["µs", "function", "file", "stage"],
    sorted.slice(0, count).map(({ cells, microseconds }) => [microseconds.toFixed(2), ...cells]),
  );
}
