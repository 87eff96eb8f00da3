import { diffIndexes, diffReferences } from "./diff-keys.ts";
import type { Intent } from "./intent.ts";
import { renameSchema, type Renamed } from "./rename-schema.ts";
import {
  type Column,
  type Schema,
  type Table,
  tableOf,
  type WantedColumn,
  type WantedSchema,
  type WantedTable,
} from "./schema.ts";
import type { Fill, Needs, Step } from "./step.ts";

/** How one engine sees values of a type as another. */
export interface Conversions {
  /** A type in the words of a definition. */
  readonly kindOf: (type: string) => string;
  /** The SQL expression that makes a value of another type of a column, where every value keeps its meaning. */
  readonly widen: (column: string, from: string, to: string) => string | undefined;
}

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
  const context: Context = { intent, used, renamed, conversions, parts, retyped: new Set() };
  const left: string[] = [];
  const after: Table[] = [];

  for (const table of wanted.tables) {
    const before = tableOf(renamed.schema, table.name);
    if (before === undefined) createTable(table, parts);
    after.push(before === undefined ? table : diffColumns(before, table, context));
  }
  for (const table of wanted.tables) {
    const before = tableOf(renamed.schema, table.name);
    if (before === undefined) continue;
    const keys = diffReferences(before, table, (place) => context.retyped.has(place));
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

interface Context {
  readonly intent: Intent;
  readonly used: Set<string>;
  readonly renamed: Renamed;
  readonly conversions: Conversions;
  readonly parts: Parts;
  /** Places whose type changes: foreign keys can't be there meanwhile. */
  readonly retyped: Set<string>;
}

function createTable(table: WantedTable, parts: Parts): void {
  parts.createTable.push({ kind: "createTable", table: table.name, made: table });
  for (const reference of table.references)
    parts.addReference.push({ kind: "addReference", table: table.name, reference });
  for (const index of table.indexes) parts.index.push({ kind: "createIndex", table: table.name, index, made: true });
}

/** The steps of the columns and words of a table; answers the table that they leave. */
function diffColumns(before: Table, wanted: WantedTable, context: Context): Table {
  const { intent, used, parts } = context;
  const { name: table } = wanted;
  /** Columns whose words are others than before. */
  const rewritten = new Set<string>();
  for (const column of wanted.columns) {
    const known = before.columns.find(({ name }) => name === column.name);
    const steps = known === undefined ? added(table, column, before, context) : changed(table, column, known, context);
    for (const step of steps) {
      if (step.kind === "changeType") context.retyped.add(`${table}.${column.name}`);
      if (step.kind === "changeType" || ("fill" in step && step.fill !== undefined)) rewritten.add(column.name);
    }
    parts.column.push(...steps);
  }
  const kept: Column[] = [];
  for (const column of before.columns) {
    if (wanted.columns.some(({ name }) => name === column.name)) continue;
    const place = find(context, intent.drops, table, column.name);
    if (place === undefined && !column.required) {
      kept.push(column);
      continue;
    }
    if (place !== undefined) used.add(place);
    const needs = place === undefined ? stranger(table, column, wanted, before, context) : undefined;
    parts.column.push({ kind: "dropColumn", table, column, needs });
  }
  const renamed = wanted.words.some((word) => context.renamed.columnBefore(table, word) !== word);
  const same = before.words.join() === wanted.words.join();
  const stale = wanted.words.some((word) => rewritten.has(word));
  if (!same || renamed || stale) {
    const onlyNames = same && !stale;
    const { words } = wanted;
    parts.indexWords.push({ kind: "indexWords", table, words, had: before.words, renamed: onlyNames });
  }
  return { ...wanted, columns: [...wanted.columns, ...kept] };
}

function added(table: string, column: WantedColumn, before: Table, context: Context): Step[] {
  const fill = fillOf(table, column, context);
  const step: Step = { kind: "addColumn", table, column, fill };
  if (fill !== undefined || !column.required) return [step];
  const place = `${table}.${column.name}`;
  const gone = before.columns.find(({ name }) => name === column.name);
  return [
    {
      ...step,
      needs: needsOf(context, table, gone ?? column, {
        fact: `${place} is new and required, and there are records without it.`,
        declare: "Give it a default() or make it optional().",
        name: `Say what they get, by --backfill ${place}=EXPRESSION, or --rename if it had another name.`,
        unless: "empty",
      }),
    },
  ];
}

function changed(table: string, column: WantedColumn, known: Column, context: Context): Step[] {
  const { conversions, intent, used } = context;
  const place = `${table}.${column.name}`;
  const steps: Step[] = [];
  if (known.type !== column.type) {
    const named = find(context, intent.narrows, table, column.name);
    const given = named === undefined ? undefined : intent.narrows.get(named);
    if (named !== undefined) used.add(named);
    const widening = given ?? conversions.widen(column.name, known.type, column.type);
    const [from, to] = [conversions.kindOf(known.type), conversions.kindOf(column.type)];
    steps.push({
      kind: "changeType",
      table,
      column,
      from: known.type,
      using: widening,
      widens: given === undefined && widening !== undefined,
      needs:
        widening === undefined
          ? needsOf(context, table, column, {
              fact: `${place} was ${from} and is now ${to}.`,
              declare: "Declare a new field and move the data.",
              name: `Say what its values become, by --narrow ${place}=EXPRESSION.`,
              unless: "empty",
            })
          : undefined,
    });
  }
  if (known.required && !column.required) steps.push({ kind: "relaxColumn", table, column });
  if (!known.required && column.required) {
    const fill = fillOf(table, column, context);
    steps.push({
      kind: "requireColumn",
      table,
      column,
      fill,
      needs:
        fill === undefined
          ? needsOf(context, table, column, {
              fact: `${place} is now required, and there are records without it.`,
              declare: "Fill them first, or give it a default().",
              name: `Say what they get, by --backfill ${place}=EXPRESSION.`,
              unless: "filled",
            })
          : undefined,
    });
  }
  return steps;
}

/** A column that new records would have to fill, and that is no longer declared. */
function stranger(table: string, column: Column, wanted: WantedTable, before: Table, context: Context): Needs {
  const place = `${table}.${column.name}`;
  const heirs = wanted.columns.filter(
    ({ name, type }) => type === column.type && !before.columns.some((one) => one.name === name),
  );
  const [heir] = heirs;
  const declared =
    heir === undefined ? "" : ` If it is ${heir.name} now, declare that with renamedFrom("${column.name}").`;
  const asked = heir === undefined ? "" : ` If it is ${heir.name} now: --rename ${place}=${heir.name}.`;
  return needsOf(context, table, column, {
    fact: `${place} holds data and is no longer declared.`,
    declare: `Declare it again, or make it optional() first.${declared}`,
    name: `Let go of it by --drop ${place}.${asked}`,
    unless: "empty",
  });
}

function needsOf({ renamed }: Context, table: string, { name }: Column, needs: Omit<Needs, "at">): Needs {
  return { ...needs, at: { table: renamed.tableBefore(table), column: renamed.columnBefore(table, name) } };
}

/** What records get that have no value: what was asked for, or else the default. */
function fillOf(table: string, column: WantedColumn, context: Context): Fill | undefined {
  const { backfills } = context.intent;
  const place = find(context, backfills, table, column.name);
  if (place !== undefined) {
    context.used.add(place);
    return { sql: `(${backfills.get(place)})`, constant: false };
  }
  return column.required && column.fallback !== undefined ? { sql: column.fallback, constant: true } : undefined;
}

/** The place by which a column was named, by the new name of its table or by the old one. */
function find(
  { renamed }: Context,
  places: { has(place: string): boolean },
  table: string,
  column: string,
): string | undefined {
  return [`${table}.${column}`, `${renamed.tableBefore(table)}.${column}`].find((place) => places.has(place));
}
