import { type Chapter, wordsDirective } from "../migration/chapter.ts";
import { type Step, wordsOfStep } from "../migration/step.ts";
import { quote } from "../sql/sql-dialect.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { literal } from "./postgres-schema.ts";

/** What the steps are in PostgreSQL: first those of the transaction, then the indexes that are made and dropped beside work. */
export function postgresChapters(steps: readonly Step[]): Chapter[] {
  const retyping = new Set<string>();
  const chapters = steps.flatMap((step): (Chapter & { readonly turn: number })[] => {
    const outside = isOutside(step);
    // Types of one table change at once: it is written anew once, and no expression sees what another has made.
    if (step.kind === "changeType" && retyping.has(step.table)) return [];
    if (step.kind === "changeType") retyping.add(step.table);
    const together = step.kind === "changeType" ? steps.filter((one) => isRetyping(one, step.table)) : [step];
    const chapter = {
      does: together.map(wordsOfStep),
      costs: costsOf(step),
      statements: step.kind === "changeType" ? [retype(step.table, together)] : statementsOf(step),
      outside,
      // What is useless makes room for what replaces it, and what was of use goes after that is there.
      turn: !outside ? 0 : step.kind === "createIndex" ? 2 : step.kind === "dropIndex" && step.index.broken ? 1 : 3,
    };
    return [chapter];
  });
  return chapters.toSorted((one, other) => one.turn - other.turn);
}

/** Indexes of tables that are in use; but what is no longer unique must not be so while the transaction fills columns. */
function isOutside(step: Step): boolean {
  if (step.kind === "createIndex") return !step.made;
  return step.kind === "dropIndex" && (step.index.broken || !step.index.unique);
}

function statementsOf(step: Step): string[] {
  const table = quote(step.table);
  const alter = `ALTER TABLE ${table}`;
  switch (step.kind) {
    case "renameTable":
      return [
        `ALTER TABLE ${quote(step.from)} RENAME TO ${table}`,
        `UPDATE "_changes" SET "collection" = ${literal(step.table)} WHERE "collection" = ${literal(step.from)}`,
      ];
    case "renameColumn":
      return [`${alter} RENAME COLUMN ${quote(step.from)} TO ${quote(step.column)}`];
    case "createTable": {
      const lines = step.made.columns.map(
        ({ name, type, required }) =>
          `${quote(name)} ${type}${required ? " NOT NULL" : ""}${name === "id" ? " PRIMARY KEY" : ""}`,
      );
      const { words } = step.made;
      return [
        `CREATE TABLE ${table} (\n  ${lines.join(",\n  ")}\n)`,
        ...(words.length > 0 ? [addWords(alter), commentWords(table, words)] : []),
      ];
    }
    case "addColumn":
      return addColumn(step, table, alter);
    case "changeType":
      return [retype(step.table, [step])];
    case "requireColumn": {
      const column = quote(step.column.name);
      const fill =
        step.fill === undefined ? [] : [`UPDATE ${table} SET ${column} = ${step.fill.sql} WHERE ${column} IS NULL`];
      return [...fill, `${alter} ALTER COLUMN ${column} SET NOT NULL`];
    }
    case "relaxColumn":
      return [`${alter} ALTER COLUMN ${quote(step.column.name)} DROP NOT NULL`];
    case "dropColumn":
      return [`${alter} DROP COLUMN ${quote(step.column.name)}`];
    case "indexWords":
      if (step.words.length === 0) return [`${alter} DROP COLUMN ${quote(wordsColumn)}`];
      return [
        ...(step.had.length === 0 ? [addWords(alter)] : []),
        commentWords(table, step.words),
        ...(step.renamed ? [] : [wordsDirective(step.table)]),
      ];
    case "dropTable":
      return [`DROP TABLE ${table}`];
    case "dropReference":
      return [`${alter} DROP CONSTRAINT ${quote(step.reference.name)}`];
    case "addReference": {
      const { column, target, name } = step.reference;
      return [
        `${alter} ADD CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column)}) REFERENCES ${quote(target)} ("id")`,
      ];
    }
    case "renameReference":
      return [`${alter} RENAME CONSTRAINT ${quote(step.from)} TO ${quote(step.reference.name)}`];
    case "dropIndex":
      return [`DROP INDEX ${isOutside(step) ? "CONCURRENTLY " : ""}IF EXISTS ${quote(step.index.name)}`];
    case "renameIndex":
      return [`ALTER INDEX ${quote(step.from)} RENAME TO ${quote(step.index.name)}`];
    case "createIndex":
      return [step.made ? step.index.sql : step.index.sql.replace(" INDEX ", " INDEX CONCURRENTLY IF NOT EXISTS ")];
  }
}

function isRetyping(step: Step, table: string): boolean {
  return step.kind === "changeType" && step.table === table;
}

function retype(table: string, steps: readonly Step[]): string {
  const actions = steps.flatMap((step) => {
    if (step.kind !== "changeType") return [];
    const { name, type } = step.column;
    const using = step.using ?? `NULL::${type.replace(/ COLLATE .*/, "")}`;
    return [`ALTER COLUMN ${quote(name)} TYPE ${type} USING ${using}`];
  });
  return `ALTER TABLE ${quote(table)} ${actions.join(", ")}`;
}

function addColumn({ column, fill }: Step & { readonly kind: "addColumn" }, table: string, alter: string): string[] {
  const name = quote(column.name);
  const add = `${alter} ADD COLUMN ${name} ${column.type}`;
  const required = column.required ? " NOT NULL" : "";
  if (fill === undefined) return [`${add}${required}`];
  // One value for all records is kept once, beside the table.
  if (fill.constant) return [`${add}${required} DEFAULT ${fill.sql}`, `${alter} ALTER COLUMN ${name} DROP DEFAULT`];
  return [
    add,
    `UPDATE ${table} SET ${name} = ${fill.sql}`,
    ...(column.required ? [`${alter} ALTER COLUMN ${name} SET NOT NULL`] : []),
  ];
}

function addWords(alter: string): string {
  return `${alter} ADD COLUMN ${quote(wordsColumn)} tsvector NOT NULL DEFAULT ''`;
}

/** The comment says which fields the words are of. */
function commentWords(table: string, words: readonly string[]): string {
  return `COMMENT ON COLUMN ${table}.${quote(wordsColumn)} IS ${literal(words.join(","))}`;
}

/** What a step locks, reads or writes. Locks of the transaction are held until it ends. */
function costsOf(step: Step): string {
  const { table } = step;
  const exclusive = `Locks ${table} against readers and writers (ACCESS EXCLUSIVE)`;
  switch (step.kind) {
    case "createTable":
      return "Nothing: the table is new.";
    case "addColumn":
      return step.fill === undefined || step.fill.constant
        ? `${exclusive}; no record is touched.`
        : `${exclusive}, and writes every record once more.`;
    case "changeType":
      return `${exclusive}, and writes the table and its indexes anew.`;
    case "requireColumn":
      return `${exclusive}, and reads every record${step.fill === undefined ? "" : "; those without a value are written once more"}.`;
    case "indexWords":
      if (step.words.length === 0 || step.renamed) return `${exclusive}; no record is touched.`;
      return `${exclusive}, and writes every record once more.`;
    case "addReference":
      return `Locks ${table} and ${step.reference.target} against writers (SHARE ROW EXCLUSIVE), and reads every record of ${table}.`;
    case "createIndex":
      return step.made
        ? "Nothing: the table is new."
        : "Reads the table twice, beside readers and writers (SHARE UPDATE EXCLUSIVE).";
    case "dropIndex":
      return isOutside(step)
        ? "Goes on beside readers and writers (SHARE UPDATE EXCLUSIVE)."
        : `${exclusive}; no record is touched.`;
    case "renameTable":
      return `Locks ${step.from} against readers and writers (ACCESS EXCLUSIVE), and writes the entries of the change feed about it.`;
    case "renameIndex":
      return "Goes on beside readers and writers (SHARE UPDATE EXCLUSIVE).";
    case "renameColumn":
    case "relaxColumn":
    case "dropColumn":
    case "dropReference":
    case "renameReference":
    case "dropTable":
      return `${exclusive}; no record is touched.`;
  }
}
