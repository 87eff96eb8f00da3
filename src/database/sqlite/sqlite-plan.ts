import type { Connection } from "./sqlite-connection.ts";

/** A condition that an index decides alone: a column compared with a parameter, or missing, or not. */
const plain = /(?<column>\bt\."[^"]+") (?:(?:=|<=?|>=?) \?|IS (?:NOT )?NULL)/g;
/** What comes after a cursor whose keys go in one direction: `(t."votes", t."id") < (?, ?)`. */
const rows = /\((?<column>t\."[^"]+"(?:, t\."[^"]+")+)\) [<>] \(\?(?:, \?)+\)/g;

/** Functions that look into a text or JSON, whose length nobody knows; `json_each(?)` is a list of values to compare with. */
export const looksInto = /\binstr\(|\bjson_(?:extract|type)\(|\bjson_each\((?!\?)/g;

/** Whether a statement looks its rows up by their ids. */
export function readsOne(connection: Connection, text: string): boolean {
  return connection.plan(text).every((step) => /^SEARCH t USING .*\(id=\?\)$/.test(step));
}

/**
 * Whether a statement may read a table from end to end while it looks for matches, or sorts what it found. Its time then
 * grows with the table, and not with the page that was asked for.
 */
export function readsMuch(connection: Connection, text: string): boolean {
  if (text.startsWith("SELECT count(*)") || /\bGROUP BY\b|\bsum\(|\bavg\(|\bmin\(t|\bmax\(/.test(text)) return true;
  // A page after a cursor is made of ranges, of which each has a plan of its own.
  return text.split(" UNION ALL ").some((range) => rangeReadsMuch(connection.plan(range), range));
}

function rangeReadsMuch(steps: readonly string[], text: string): boolean {
  if (steps.some((step) => step.startsWith("USE TEMP B-TREE"))) return true;
  const conditions = / WHERE (?![01] )(?<found>.*?) (?:ORDER BY|LIMIT)/.exec(text)?.groups?.["found"];
  // A walk along an index without conditions ends with the page; one that must test each record may go on to the end.
  if (conditions === undefined) return false;
  return steps.some((step) => {
    if (/^SCAN (?:\S+ )?t\d*\b/.test(step)) return true;
    const search = /^SEARCH t USING .*? \((?<constraints>.*)\)$/.exec(step)?.groups?.["constraints"];
    return search !== undefined && !search.includes("=?") && !decides(search, conditions);
  });
}

/** Whether a range of an index holds matches only, so that nothing is left to test. */
function decides(constraints: string, conditions: string): boolean {
  const covered = new Set(
    [...constraints.matchAll(/([\w,]+)\)?[<>]/g)].flatMap(([, columns = ""]) => columns.split(",")),
  );
  const columns = [...conditions.matchAll(plain), ...conditions.matchAll(rows)].flatMap(({ groups }) =>
    namesOf(groups?.["column"] ?? ""),
  );
  const rest = conditions
    .replaceAll(rows, "")
    .replaceAll(plain, "")
    .replaceAll(/\bAND\b|[()\s]/g, "");
  return rest === "" && columns.every((column) => covered.has(column));
}

/** The columns of a condition: `t."votes", t."id"`. */
function namesOf(spelled: string): string[] {
  return [...spelled.matchAll(/\bt\."([^"]+)"/g)].flatMap(([, name]) => name ?? []);
}
