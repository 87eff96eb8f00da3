import type { Index, Reference, Table } from "./schema.ts";
import type { Step } from "./step.ts";

/** Steps that have to come early, and those that have to come late. */
export interface KeySteps {
  readonly gone: readonly Step[];
  readonly come: readonly Step[];
}

/**
 * The steps of foreign keys. One too many would refuse what the definition allows.
 *
 * @param isRetyped whether the column of a place changes its type, which no foreign key survives
 */
export function diffReferences(before: Table, wanted: Table, isRetyped: (place: string) => boolean): KeySteps {
  const { name: table } = wanted;
  const come: Step[] = [];
  const stale = new Set(before.references);
  const survives = ({ column, target }: Reference): boolean =>
    !isRetyped(`${table}.${column}`) && !isRetyped(`${target}.id`);
  for (const reference of wanted.references) {
    const { column, target } = reference;
    const known = [...stale].find((one) => one.column === column && one.target === target && survives(one));
    if (known === undefined) {
      come.push({ kind: "addReference", table, reference });
      continue;
    }
    stale.delete(known);
    if (known.name !== reference.name) come.push({ kind: "renameReference", table, from: known.name, reference });
  }
  return { gone: [...stale].map((reference) => ({ kind: "dropReference", table, reference })), come };
}

/** The steps of indexes, which are the same by their names, and the same under another name by their form. */
export function diffIndexes(before: Table, wanted: Table): KeySteps {
  const { name: table } = wanted;
  const come: Step[] = [];
  const isWanted = (one: Index): boolean => !one.broken && wanted.indexes.some(({ name }) => name === one.name);
  const stale = new Set(before.indexes.filter((one) => !isWanted(one)));
  for (const index of wanted.indexes) {
    if (before.indexes.some((one) => one.name === index.name && !one.broken)) continue;
    const known = [...stale].find(({ form, broken }) => !broken && form !== "" && form === index.form);
    if (known === undefined) {
      come.push({ kind: "createIndex", table, index, made: false });
      continue;
    }
    stale.delete(known);
    come.push({ kind: "renameIndex", table, from: known.name, index });
  }
  return { gone: [...stale].map((index) => ({ kind: "dropIndex", table, index })), come };
}
