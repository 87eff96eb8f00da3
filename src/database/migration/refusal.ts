import type { Needs, Step } from "./step.ts";

/** What keeps a database from following a definition by itself, one line each. */
export function refusal(lines: readonly string[], cause?: unknown): Error {
  const list = lines.map((line) => `  - ${line}`).join("\n");
  return new Error(`The database can't follow the definition without losing something:\n${list}`, { cause });
}

/** A collection whose table can't be made because its name is taken. */
export function takenNames(steps: readonly Step[], foreign: readonly string[]): string[] {
  return steps.flatMap(({ kind, table }) =>
    (kind === "createTable" || kind === "renameTable") && foreign.includes(table)
      ? [`${table} is a table or view already, which Galley has not made. Give it or the collection another name.`]
      : [],
  );
}

/** What steps need. */
export function needsOf(steps: readonly Step[]): Needs[] {
  return steps.flatMap(({ needs }) => needs ?? []);
}

/** A unique index that can't be made. */
export function notUnique(table: string, columns: readonly string[]): string {
  return `${table} is now unique by ${columns.join(" and ")}, and has records that share them. Change those first.`;
}
