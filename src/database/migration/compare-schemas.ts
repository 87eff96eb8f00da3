import { type Schema, type Table, tableOf } from "./schema.ts";

/** A schema, and what it is called in a sentence: "the database". */
export interface Named {
  readonly name: string;
  readonly schema: Schema;
}

/** How two schemas differ, one line for each thing. */
export function compareSchemas(one: Named, other: Named): string[] {
  const names = new Set([...one.schema.tables, ...other.schema.tables].map(({ name }) => name));
  return [...names].toSorted().flatMap((name) => {
    const [left, right] = [tableOf(one.schema, name), tableOf(other.schema, name)];
    if (left === undefined || right === undefined)
      return [missing(name, left === undefined ? other : one, left === undefined ? one : other)];
    return [...compareColumns(left, right, one, other), ...compareKeys(left, right, one, other)];
  });
}

function missing(what: string, there: Named, not: Named): string {
  return `${what} is in ${there.name} and not in ${not.name}.`;
}

function compareColumns(left: Table, right: Table, one: Named, other: Named): string[] {
  return keysOf(left.columns, right.columns, ({ name }) => name).flatMap((name) => {
    const place = `${left.name}.${name}`;
    const mine = left.columns.find((column) => column.name === name);
    const theirs = right.columns.find((column) => column.name === name);
    if (mine === undefined) return [missing(place, other, one)];
    if (theirs === undefined) return [missing(place, one, other)];
    const lines: string[] = [];
    if (mine.type !== theirs.type)
      lines.push(`${place} is ${mine.type} in ${one.name} and ${theirs.type} in ${other.name}.`);
    if (mine.required !== theirs.required)
      lines.push(
        `${place} may be missing in ${mine.required ? other.name : one.name} and not in ${mine.required ? one.name : other.name}.`,
      );
    return lines;
  });
}

function compareKeys(left: Table, right: Table, one: Named, other: Named): string[] {
  const lines = (mine: readonly string[], theirs: readonly string[]): string[] =>
    keysOf(mine, theirs, (key) => key).flatMap((key) =>
      mine.includes(key) === theirs.includes(key)
        ? []
        : [mine.includes(key) ? missing(key, one, other) : missing(key, other, one)],
    );
  return [
    ...lines(referencesOf(left), referencesOf(right)),
    ...lines(indexesOf(left), indexesOf(right)),
    ...(left.words.join() === right.words.join()
      ? []
      : [`${left.name} is searched by ${wordsOf(left)} in ${one.name} and by ${wordsOf(right)} in ${other.name}.`]),
  ];
}

function keysOf<T>(left: readonly T[], right: readonly T[], keyOf: (one: T) => string): string[] {
  return [...new Set([...left, ...right].map(keyOf))].toSorted();
}

function referencesOf({ name, references }: Table): string[] {
  return references.map(({ column, target }) => `The foreign key of ${name}.${column} to ${target}`);
}

function indexesOf({ indexes }: Table): string[] {
  return indexes.filter(({ broken }) => !broken).map(({ name }) => `The index ${name}`);
}

function wordsOf({ words }: Table): string {
  return words.length === 0 ? "nothing" : words.join(", ");
}
