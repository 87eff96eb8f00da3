import { type Conversions, diffColumns } from "./diff-columns.ts";
import { diffIndexes, diffReferences } from "./diff-keys.ts";
import type { Intent } from "./intent.ts";
import { renameSchema } from "./rename-schema.ts";
import { type Schema, type Table, tableOf, type WantedSchema, type WantedTable } from "./schema.ts";
import type { Step } from "./step.ts";

/** What brings one schema to another. */
export interface Difference {
  readonly steps: readonly Step[];
  /** What is there afterwards: what is wanted, and what is no longer declared and was not named. */
  readonly after: Schema;
  /** What is left over, in words. */
  readonly left: readonly string[];
  /** Options that no step came of. */
  readonly unused: readonly string[];
}

/** Steps of one table before they are put in order. */
type Parts = { readonly [Part in (typeof order)[number]]: Step[] };

/**
 * References and indexes go before the columns that they are about, and come after them; what is filled may still look at
 * tables that go.
 */
const order = [
  "dropReference",
  "dropIndex",
  "createTable",
  "column",
  "indexWords",
  "dropTable",
  "addReference",
  "index",
] as const;

/** Finds the steps from what is there to what is wanted. Renames come first, so that the others know only new names. */
export function diffSchemas(
  existing: Schema,
  wanted: WantedSchema,
  intent: Intent,
  conversions: Conversions,
): Difference {
  const used = new Set<string>();
  const renamed = renameSchema(existing, wanted, intent, (place) => used.add(place));
  const parts: Parts = {
    dropReference: [],
    dropIndex: [],
    createTable: [],
    column: [],
    indexWords: [],
    dropTable: [],
    addReference: [],
    index: [],
  };
  const retyped = new Set<string>();
  const context = { intent, use: (place: string) => used.add(place), renamed, conversions };
  const left: string[] = [];
  const after: Table[] = [];

  for (const table of wanted.tables) {
    const before = tableOf(renamed.schema, table.name);
    if (before === undefined) {
      createTable(table, parts);
      after.push(table);
      continue;
    }
    const changes = diffColumns(before, table, context);
    parts.column.push(...changes.columns);
    parts.indexWords.push(...changes.words);
    for (const place of changes.retyped) retyped.add(place);
    after.push(changes.after);
  }
  for (const table of wanted.tables) {
    const before = tableOf(renamed.schema, table.name);
    if (before === undefined) continue;
    const keys = diffReferences(before, table, (place) => retyped.has(place));
    parts.dropReference.push(...keys.gone);
    parts.addReference.push(...keys.come);
    const indexes = diffIndexes(before, table);
    parts.dropIndex.push(...indexes.gone);
    parts.index.push(...indexes.come);
  }
  for (const table of renamed.schema.tables) {
    if (tableOf(wanted, table.name) !== undefined) continue;
    // One that stays would keep records of other collections from being deleted.
    for (const reference of table.references)
      parts.dropReference.push({ kind: "dropReference", table: table.name, reference });
    if (intent.drops.has(table.name)) {
      used.add(table.name);
      parts.dropTable.push({ kind: "dropTable", table: table.name, words: table.words.length > 0 });
    } else {
      after.push({ ...table, references: [] });
      left.push(`${table.name} is no longer declared, and stays with its records (--drop ${table.name}).`);
    }
  }
  for (const { name, columns } of after) {
    for (const column of columns) {
      const declared = tableOf(wanted, name);
      if (declared === undefined || declared.columns.some((one) => one.name === column.name)) continue;
      const place = `${name}.${column.name}`;
      left.push(`${place} is no longer declared, and stays with its values (--drop ${place}).`);
    }
  }
  return {
    steps: [...renamed.steps, ...order.flatMap((part) => parts[part])],
    after: { tables: after },
    left,
    unused: intent.asked.filter(({ place }) => !used.has(place)).map(({ text }) => text),
  };
}

function createTable(table: WantedTable, parts: Parts): void {
  parts.createTable.push({ kind: "createTable", table: table.name, made: table });
  for (const reference of table.references)
    parts.addReference.push({ kind: "addReference", table: table.name, reference });
  for (const index of table.indexes) parts.index.push({ kind: "createIndex", table: table.name, index, made: true });
}
