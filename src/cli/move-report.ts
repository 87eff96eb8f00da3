import type { Moved, MovedPart } from "../database/move/move-database.ts";

const numbers = new Intl.NumberFormat("en");

/** What somebody is told whose database was moved. */
export function moveReport({ parts, moved }: Moved, left: readonly string[], to: string): string {
  const lines = [
    moved === 0
      ? "Everything was there already, and is the same."
      : `${numbers.format(moved)} ${moved === 1 ? "row was" : "rows were"} moved; everything was read back, and is the same.`,
    ...(left.length === 0 ? [] : [`Not declared, and so left behind in the source: ${left.join(", ")}`]),
    `Galley serves it with DATABASE_URL set to ${to}`,
  ];
  return `${moveTable(parts)}\n\n${lines.join("\n")}`;
}

/** What each part holds on both sides, as a table. */
export function moveTable(parts: readonly MovedPart[]): string {
  const rows = parts.map(({ name, source, target }) => {
    const same = source.count === target.count && source.checksum === target.checksum;
    const found = same ? "the same" : `${numbers.format(target.count)}, ${shortOf(target.checksum)}: DIFFERS`;
    return [name, numbers.format(source.count), shortOf(source.checksum), found];
  });
  const all = [["", "rows", "SHA-256", "in the target"], ...rows];
  const [names = 0, counts = 0, sums = 0] = [0, 1, 2].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all
    .map(([name = "", count = "", sum = "", found = ""]) =>
      `  ${name.padEnd(names)}  ${count.padStart(counts)}  ${sum.padEnd(sums)}  ${found}`.trimEnd(),
    )
    .join("\n");
}

/** Enough of a checksum to see whether it is another. */
function shortOf(checksum: string): string {
  return checksum.slice(0, 16);
}
