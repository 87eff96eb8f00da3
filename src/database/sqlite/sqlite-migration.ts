import type { Field } from "../../schema/field.ts";
import { type CollectionModel, type Model, refsOf } from "../../schema/model.ts";
import { quote } from "../sql/sql-dialect.ts";
import { indexesOf } from "../sql/sql-indexes.ts";
import type { Connection } from "./sqlite-connection.ts";
import { encodeValue } from "./sqlite-rows.ts";
import { searchColumn, searchTable } from "./sqlite-dialect.ts";
import { searchText } from "./sqlite-writer.ts";

/**
 * A type of its own for each kind of value, so that one is never read as another: INT is INTEGER by another name, and ANY keeps
 * the text that it is given.
 */
const columnTypes = {
  text: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  boolean: "INT",
  json: "ANY",
  none: "",
} as const;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/**
 * Brings the file to the model in one transaction: new tables, new columns, wider columns, indexes, full-text indexes.
 *
 * @throws Error with one line for each change that would lose data or can't be made on the data that is there
 */
export function migrateSqlite(connection: Connection, model: Model): void {
  // Rebuilding a table drops the one that others refer to; the constraints are checked as a whole before the commit.
  connection.execute("PRAGMA foreign_keys = OFF");
  connection.execute("BEGIN IMMEDIATE");
  try {
    connection.execute(
      `CREATE TABLE IF NOT EXISTS "_changes" ("sequence" INTEGER PRIMARY KEY AUTOINCREMENT, "at" TEXT NOT NULL, "collection" TEXT NOT NULL, "record" TEXT NOT NULL, "kind" TEXT NOT NULL, "actor" TEXT, "request" TEXT, "before" TEXT, "after" TEXT) STRICT;
       CREATE INDEX IF NOT EXISTS "_changes_record" ON "_changes" ("collection", "record", "sequence");`,
    );
    const refused = [...model.collections.values()].flatMap((collection) => migrateTable(connection, collection));
    if (refused.length > 0) {
      throw new Error(
        `The database can't follow the definition without losing something:\n${refused.map((line) => `  - ${line}`).join("\n")}`,
      );
    }
    const broken = connection.first({ text: "PRAGMA foreign_key_check", values: [] });
    if (broken !== undefined)
      throw new Error(`A record of ${String(broken[0])} refers to one of ${String(broken[2])} that does not exist.`);
    connection.execute("COMMIT");
  } catch (error) {
    if (connection.inTransaction) connection.execute("ROLLBACK");
    throw error;
  } finally {
    connection.execute("PRAGMA foreign_keys = ON");
  }
}

/** Brings one table to its collection; answers what can't be done. */
function migrateTable(connection: Connection, collection: CollectionModel): string[] {
  const existing = columnsOf(connection, collection.name);
  const wanted = collection.stored.map((name) => columnOf(collection, name));
  const empty =
    existing.length > 0 &&
    connection.first({ text: `SELECT 1 FROM ${quote(collection.name)} LIMIT 1`, values: [] }) === undefined;
  const refused: string[] = [];
  if (existing.length === 0) {
    connection.execute(createTableSql(collection.name, collection, wanted));
  } else if (!sameColumns(existing, wanted) || !sameReferences(connection, collection)) {
    if (empty) {
      connection.execute(
        `DROP TABLE ${quote(collection.name)}; DROP TABLE IF EXISTS ${quote(searchTable(collection))};`,
      );
      connection.execute(createTableSql(collection.name, collection, wanted));
    } else {
      refused.push(...obstacles(connection, collection, existing, wanted));
      if (refused.length === 0) rebuildTable(connection, collection, existing, wanted);
    }
  }
  if (refused.length > 0) return refused;
  return [...migrateIndexes(connection, collection), ...migrateSearch(connection, collection)];
}

function columnsOf(connection: Connection, table: string): Column[] {
  const rows = connection.all({
    text: `SELECT name, type, "notnull" FROM pragma_table_info(?) WHERE name <> '_row'`,
    values: [table],
  });
  return rows.map(([name, type, required]) => ({ name: String(name), type: String(type), required: required === 1 }));
}

function columnOf(collection: CollectionModel, name: string): Column {
  const field = fieldOf(collection, name);
  return { name, type: columnTypes[field.type.storage], required: field.modifiers.presence !== "optional" };
}

function fieldOf(collection: CollectionModel, name: string): Field {
  const field = collection.fields.get(name);
  if (field === undefined) throw new Error(`The collection "${collection.name}" has no field "${name}".`);
  return field;
}

function sameColumns(existing: readonly Column[], wanted: readonly Column[]): boolean {
  // A column that only the database has is no reason to touch the table, as long as new records may leave it out.
  return (
    wanted.every((column) =>
      existing.some((one) => one.name === column.name && one.type === column.type && one.required === column.required),
    ) && existing.every((column) => !column.required || wanted.some(({ name }) => name === column.name))
  );
}

/** Whether the table's foreign keys are the collection's refs: one too many would refuse what the definition allows. */
function sameReferences(connection: Connection, collection: CollectionModel): boolean {
  const rows = connection.all({
    text: `SELECT "from", "table" FROM pragma_foreign_key_list(?)`,
    values: [collection.name],
  });
  const existing = new Map(rows.map(([field, target]) => [field, target]));
  const wanted = refsOf(collection.declaration);
  return existing.size === wanted.length && wanted.every(({ name, target }) => existing.get(name) === target);
}

function createTableSql(table: string, collection: CollectionModel, columns: readonly Column[]): string {
  const refs = new Map(refsOf(collection.declaration).map(({ name, target }) => [name, target]));
  const lines = columns.map(({ name, type, required }) => {
    const target = refs.get(name);
    return `${quote(name)} ${type}${required ? " NOT NULL" : ""}${name === "id" ? " UNIQUE" : ""}${target === undefined ? "" : ` REFERENCES ${quote(target)} ("id")`}`;
  });
  return `CREATE TABLE ${quote(table)} ("_row" INTEGER PRIMARY KEY, ${lines.join(", ")}) STRICT`;
}

/** What keeps the rows that are there from fitting the wanted columns. */
function obstacles(
  connection: Connection,
  collection: CollectionModel,
  existing: readonly Column[],
  wanted: readonly Column[],
): string[] {
  const lines: string[] = [];
  for (const column of existing) {
    if (!wanted.some(({ name }) => name === column.name) && column.required) {
      lines.push(
        `${collection.name}.${column.name} holds data and is no longer declared. Declare it again, or make it optional() first.`,
      );
    }
  }
  for (const column of wanted) {
    const before = existing.find(({ name }) => name === column.name);
    if (before === undefined && column.required && literalDefault(collection, column.name) === undefined) {
      lines.push(
        `${collection.name}.${column.name} is new and required, and there are records without it. Give it a default() or make it optional().`,
      );
    } else if (before !== undefined && before.type !== column.type) {
      lines.push(
        `${collection.name}.${column.name} was ${kindOf(before.type)} and is now ${kindOf(column.type)}. Declare a new field and move the data.`,
      );
    } else if (
      before !== undefined &&
      column.required &&
      !before.required &&
      literalDefault(collection, column.name) === undefined
    ) {
      const missing = connection.first({
        text: `SELECT 1 FROM ${quote(collection.name)} WHERE ${quote(column.name)} IS NULL LIMIT 1`,
        values: [],
      });
      if (missing !== undefined)
        lines.push(
          `${collection.name}.${column.name} is now required, and there are records without it. Fill them first, or give it a default().`,
        );
    }
  }
  return lines;
}

/** What a column type holds, in the words of a definition. */
function kindOf(type: string): string {
  const [kind = type] = Object.entries(columnTypes).find(([, one]) => one === type) ?? [];
  return kind === "real" ? "number" : kind;
}

function literalDefault(collection: CollectionModel, name: string): unknown {
  const given = fieldOf(collection, name).modifiers.default;
  return typeof given === "function" ? undefined : given;
}

/** Makes the table anew with the wanted columns, and those that only the database has, and moves every row. */
function rebuildTable(
  connection: Connection,
  collection: CollectionModel,
  existing: readonly Column[],
  wanted: readonly Column[],
): void {
  const kept = existing.filter(({ name }) => !wanted.some((column) => column.name === name));
  const columns = [...wanted, ...kept];
  const sources = columns.map(({ name, required }) => {
    const known = existing.some((column) => column.name === name);
    const fallback = collection.fields.has(name) && required ? literalDefault(collection, name) : undefined;
    const literal =
      fallback === undefined ? "NULL" : literalSql(encodeValue(fallback, fieldOf(collection, name).type.storage));
    return known ? (fallback === undefined ? quote(name) : `coalesce(${quote(name)}, ${literal})`) : literal;
  });
  const moving = `_new_${collection.name}`;
  connection.execute(
    `${createTableSql(moving, collection, columns)};
     INSERT INTO ${quote(moving)} ("_row", ${columns.map(({ name }) => quote(name)).join(", ")}) SELECT "_row", ${sources.join(", ")} FROM ${quote(collection.name)};
     DROP TABLE ${quote(collection.name)};
     ALTER TABLE ${quote(moving)} RENAME TO ${quote(collection.name)};`,
  );
}

function literalSql(value: string | number | bigint | null): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** Makes the declared indexes and drops those that no longer are; both lose nothing. */
function migrateIndexes(connection: Connection, collection: CollectionModel): string[] {
  const wanted = new Map(sqliteIndexes(collection).map((index) => [index.name, index]));
  const rows = connection.all({
    text: `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
    values: [collection.name],
  });
  const existing = new Map(rows.map(([name, sql]) => [String(name), String(sql)]));
  for (const [name, sql] of existing) {
    if (wanted.get(name)?.sql !== sql) connection.execute(`DROP INDEX ${quote(name)}`);
  }
  const refused: string[] = [];
  for (const index of wanted.values()) {
    if (existing.get(index.name) === index.sql) continue;
    try {
      connection.execute(index.sql);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("UNIQUE")) throw error;
      refused.push(
        `${collection.name} is now unique by ${index.fields.join(" and ")}, and has records that share them. Change those first.`,
      );
    }
  }
  return refused;
}

interface Index {
  readonly name: string;
  readonly fields: readonly string[];
  readonly sql: string;
}

/** The collection's indexes as SQLite has them. */
function sqliteIndexes(collection: CollectionModel): Index[] {
  return indexesOf(collection).map(({ unique, keys }) => {
    const name = `${collection.name}_${keys.join("_").replaceAll("-", "desc_")}${unique ? "_unique" : ""}`;
    const columns = keys.map((key) => (key.startsWith("-") ? `${quote(key.slice(1))} DESC` : quote(key)));
    const sql = `CREATE ${unique ? "UNIQUE INDEX" : "INDEX"} ${quote(name)} ON ${quote(collection.name)} (${columns.join(", ")})`;
    return { name, fields: keys.filter((key) => key !== "id"), sql };
  });
}

/** Makes the full-text index anew where the searched fields have changed: it holds nothing that the table doesn't. */
function migrateSearch(connection: Connection, collection: CollectionModel): string[] {
  const table = searchTable(collection);
  const [sql] = connection.first({ text: "SELECT sql FROM sqlite_master WHERE name = ?", values: [table] }) ?? [];
  const words = collection.searched.map(searchColumn).join(", ");
  // The words are made by Galley; the tokenizer must only split them at the spaces.
  const wanted = `CREATE VIRTUAL TABLE ${quote(table)} USING fts5(${words}, content='', contentless_delete=1, tokenize='ascii', prefix='2 3')`;
  const want = collection.searched.length > 0;
  if (want ? sql === wanted : sql === undefined) return [];
  connection.execute(`DROP TABLE IF EXISTS ${quote(table)}`);
  if (!want) return [];
  connection.execute(wanted);
  const columns = collection.searched.map(quote).join(", ");
  const marks = collection.searched.map(() => "?").join(", ");
  for (const [row = null, ...texts] of connection.all({
    text: `SELECT "_row", ${columns} FROM ${quote(collection.name)}`,
    values: [],
  })) {
    connection.run({
      text: `INSERT INTO ${quote(table)} (rowid, ${words}) VALUES (?, ${marks})`,
      values: [row, ...texts.map(searchText)],
    });
  }
  return [];
}
