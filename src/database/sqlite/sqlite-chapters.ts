import { type Chapter, wordsDirective } from "../migration/chapter.ts";
import { type Schema, type Table, tableOf } from "../migration/schema.ts";
import { type Step, wordsOfStep } from "../migration/step.ts";
import { quote } from "../sql/sql-dialect.ts";
import { searchTable } from "./sqlite-dialect.ts";
import { createWordsSql, literal } from "./sqlite-schema.ts";

/** Steps that SQLite can only do by making the table anew, unless a new column may be missing and refers to nothing new. */
const rebuilding: ReadonlySet<Step["kind"]> = new Set([
  "dropReference",
  "addReference",
  "addColumn",
  "changeType",
  "requireColumn",
  "relaxColumn",
  "dropColumn",
]);

/** What the steps are in SQLite: steps of one table that need it to be made anew are done at once. */
export function sqliteChapters(steps: readonly Step[], after: Schema): Chapter[] {
  const made = new Set(steps.flatMap(({ kind, table }) => (kind === "createTable" ? [table] : [])));
  const dropped = new Set(steps.flatMap(({ kind, table }) => (kind === "dropTable" ? [table] : [])));
  const rebuilt = new Map<string, Step[]>();
  for (const step of steps) {
    if (!rebuilding.has(step.kind) || made.has(step.table) || dropped.has(step.table)) continue;
    rebuilt.set(step.table, [...(rebuilt.get(step.table) ?? []), step]);
  }
  for (const [table, some] of rebuilt) if (some.every((step) => isInPlace(step, some))) rebuilt.delete(table);

  const chapters: Chapter[] = [];
  const begun = new Set<string>();
  for (const step of steps) {
    const together = rebuilding.has(step.kind) ? rebuilt.get(step.table) : undefined;
    const table = tableOf(after, step.table);
    if (together !== undefined && table !== undefined) {
      if (!begun.has(step.table)) chapters.push(rebuildChapter(table, together, steps));
      begun.add(step.table);
    } else if (
      !(rebuilt.has(step.table) && isIndexStep(step)) &&
      !(dropped.has(step.table) && step.kind !== "dropTable")
    ) {
      const statements = statementsOf(step, steps);
      if (statements.length > 0)
        chapters.push({ does: [wordsOfStep(step)], costs: costsOf(step), statements, outside: false });
    }
  }
  return chapters;
}

/** A rebuilt table loses its indexes, and is given those of the new schema. */
function isIndexStep({ kind }: Step): boolean {
  return kind === "dropIndex" || kind === "createIndex";
}

/** A column that is empty everywhere is only noted; so is its reference. */
function isInPlace(step: Step, together: readonly Step[]): boolean {
  if (step.kind === "addColumn") return !step.column.required && step.fill === undefined;
  return (
    step.kind === "addReference" &&
    together.some((other) => other.kind === "addColumn" && other.column.name === step.reference.column)
  );
}

/** What makes a schema where there is nothing yet: what the chapters of the difference to nothing come to. */
export function schemaStatements({ tables }: Schema): string[] {
  return [...tables.flatMap(tableStatements), ...tables.flatMap(({ indexes }) => indexes.map(({ sql }) => sql))];
}

function tableStatements(table: Table): string[] {
  const { name, words } = table;
  return [createTableSql(name, table), ...(words.length > 0 ? [createWordsSql(name, words)] : [])];
}

function statementsOf(step: Step, steps: readonly Step[]): string[] {
  const table = quote(step.table);
  switch (step.kind) {
    case "renameTable":
      return [
        `ALTER TABLE ${quote(step.from)} RENAME TO ${table}`,
        ...(step.words
          ? [
              `ALTER TABLE ${quote(searchTable({ name: step.from }))} RENAME TO ${quote(searchTable({ name: step.table }))}`,
            ]
          : []),
        `UPDATE "_changes" SET "collection" = ${literal(step.table)} WHERE "collection" = ${literal(step.from)}`,
      ];
    case "renameColumn":
      return [`ALTER TABLE ${table} RENAME COLUMN ${quote(step.from)} TO ${quote(step.column)}`];
    case "createTable":
      return tableStatements(step.made);
    case "addColumn": {
      const reference = steps.find(
        (other) =>
          other.kind === "addReference" && other.table === step.table && other.reference.column === step.column.name,
      );
      const target = reference?.kind === "addReference" ? referenceSql(reference.reference.target) : "";
      return [`ALTER TABLE ${table} ADD COLUMN ${quote(step.column.name)} ${step.column.type}${target}`];
    }
    case "indexWords":
      return [
        `DROP TABLE IF EXISTS ${quote(searchTable({ name: step.table }))}`,
        ...(step.words.length > 0 ? [createWordsSql(step.table, step.words), wordsDirective(step.table)] : []),
      ];
    case "dropTable":
      return [`DROP TABLE ${table}`, ...(step.words ? [`DROP TABLE ${quote(searchTable({ name: step.table }))}`] : [])];
    case "dropIndex":
      return [`DROP INDEX ${quote(step.index.name)}`];
    case "createIndex":
      return [step.index.sql];
    // Part of the table that is made, or made anew; and what has no names of its own here.
    case "dropReference":
    case "addReference":
    case "renameReference":
    case "renameIndex":
    case "changeType":
    case "requireColumn":
    case "relaxColumn":
    case "dropColumn":
      return [];
  }
}

function createTableSql(name: string, { columns, references }: Table): string {
  const targets = new Map(references.map(({ column, target }) => [column, target]));
  const lines = columns.map((column) => {
    const target = targets.get(column.name);
    const unique = column.name === "id" ? " UNIQUE" : "";
    const required = column.required ? " NOT NULL" : "";
    return `${quote(column.name)} ${column.type}${required}${unique}${target === undefined ? "" : referenceSql(target)}`;
  });
  return `CREATE TABLE ${quote(name)} (\n  ${[`"_row" INTEGER PRIMARY KEY`, ...lines].join(",\n  ")}\n) STRICT`;
}

function referenceSql(target: string): string {
  return ` REFERENCES ${quote(target)} ("id")`;
}

/** Makes the table anew, moves every record, and makes its indexes anew. */
function rebuildChapter(table: Table, steps: readonly Step[], all: readonly Step[]): Chapter {
  // Those that have the name of a renamed table would be taken for the application's own, and made anew.
  const stale = all.flatMap((step) => (step.kind === "dropIndex" && step.table === table.name ? [step] : []));
  const moving = `_new_${table.name}`;
  const columns = table.columns.map(({ name }) => quote(name));
  const sources = table.columns.map(({ name }) => sourceOf(name, steps));
  return {
    does: steps.map(wordsOfStep),
    costs: `Copies ${table.name}: every record of it is written once more, and its indexes are made anew.`,
    statements: [
      ...stale.flatMap((step) => statementsOf(step, all)),
      createTableSql(moving, table),
      `INSERT INTO ${quote(moving)} (${[`"_row"`, ...columns].join(", ")})\n  SELECT ${[`"_row"`, ...sources].join(", ")}\n  FROM ${quote(table.name)}`,
      `DROP TABLE ${quote(table.name)}`,
      // What refers to the table by its name shall go on to do so.
      "PRAGMA legacy_alter_table = ON",
      `ALTER TABLE ${quote(moving)} RENAME TO ${quote(table.name)}`,
      "PRAGMA legacy_alter_table = OFF",
      ...table.indexes.map(({ sql }) => sql),
    ],
    outside: false,
  };
}

/** What a column of the new table is made from. */
function sourceOf(name: string, steps: readonly Step[]): string {
  const isAbout = (step: Step): boolean =>
    "column" in step && typeof step.column !== "string" && step.column.name === name;
  let source = quote(name);
  for (const step of steps.filter(isAbout)) {
    if (step.kind === "addColumn") source = step.fill?.sql ?? "NULL";
    if (step.kind === "changeType") source = step.using ?? "NULL";
    if (step.kind === "requireColumn" && step.fill !== undefined) source = `coalesce(${source}, ${step.fill.sql})`;
  }
  return source;
}

function costsOf(step: Step): string {
  switch (step.kind) {
    case "createIndex":
      return step.made ? "Nothing: the table is empty." : `Reads ${step.table} and sorts it.`;
    case "indexWords":
      return step.words.length === 0 ? "A moment." : `Reads ${step.table} and writes the words of every record.`;
    case "renameTable":
      return "A moment, and the entries of the change feed about it.";
    case "dropTable":
      return "Frees the pages of the table.";
    default:
      return "A moment: no record is touched.";
  }
}
