import { quote } from "../sql/sql-dialect.ts";
import type { Intent } from "./intent.ts";
import { type Schema, type Table, tableOf, type WantedSchema } from "./schema.ts";
import type { Step } from "./step.ts";

/** A schema after renames, and what everything was called before. */
export interface Renamed {
  readonly schema: Schema;
  readonly steps: readonly Step[];
  /** What a table was called. */
  readonly tableBefore: (table: string) => string;
  /** What a column was called, by the new name of its table. */
  readonly columnBefore: (table: string, column: string) => string;
}

/**
 * Does the renames that were said, where the database has the old name and not the new one, and the definition has it the
 * other way round. A rename that has been done, or that is declared and not yet possible, means nothing.
 *
 * @param use is told each place whose rename is done
 */
export function renameSchema(
  existing: Schema,
  wanted: WantedSchema,
  { renames }: Intent,
  use: (place: string) => void,
): Renamed {
  const steps: Step[] = [];
  const tables = new Map<string, string>();
  for (const { name } of wanted.tables) {
    const from = renames.get(name);
    if (from === undefined || tableOf(existing, name) || tableOf(wanted, from)) continue;
    const table = tableOf(existing, from);
    if (table === undefined || [...tables.values()].includes(from)) continue;
    tables.set(name, from);
    use(name);
    steps.push({ kind: "renameTable", table: name, from, words: table.words.length > 0 });
  }
  const renamedTables = new Map([...tables].map(([name, from]) => [from, name]));
  const nameOf = (table: string): string => renamedTables.get(table) ?? table;

  const columns = new Map<string, string>();
  const done = existing.tables.map((table) => {
    const moved = { ...table, name: nameOf(table.name) };
    const target = tableOf(wanted, moved.name);
    if (target === undefined) return moved;
    const renamed = new Map<string, string>();
    const has = ({ columns: all }: Table, column: string): boolean => all.some(({ name }) => name === column);
    for (const { name } of target.columns) {
      // A column may be named by its table's old name, too.
      const place = [`${moved.name}.${name}`, `${table.name}.${name}`].find((one) => renames.has(one)) ?? "";
      const from = renames.get(place);
      if (from === undefined || has(moved, name) || has(target, from) || !has(moved, from) || renamed.has(from))
        continue;
      renamed.set(from, name);
      columns.set(`${moved.name}.${name}`, from);
      use(place);
      steps.push({ kind: "renameColumn", table: moved.name, column: name, from });
    }
    return withColumns(moved, (column) => renamed.get(column) ?? column);
  });
  return {
    schema: {
      tables: done.map((table) => ({
        ...table,
        references: table.references.map((reference) => ({ ...reference, target: nameOf(reference.target) })),
      })),
    },
    steps,
    tableBefore: (table) => tables.get(table) ?? table,
    columnBefore: (table, column) => columns.get(`${table}.${column}`) ?? column,
  };
}

function withColumns(table: Table, nameOf: (column: string) => string): Table {
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: nameOf(column.name) })),
    references: table.references.map((reference) => ({ ...reference, column: nameOf(reference.column) })),
    indexes: table.indexes.map((index) => ({
      ...index,
      columns: index.columns.map(nameOf),
      form: index.form.replaceAll(/"([^"]+)"/g, (_all, column: string) => quote(nameOf(column))),
    })),
    words: table.words.map(nameOf),
  };
}
