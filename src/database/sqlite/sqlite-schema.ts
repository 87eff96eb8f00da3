import type { Storage } from "../../schema/field-type.ts";
import { type CollectionModel, type Model, refsOf } from "../../schema/model.ts";
import type { Column, Index, Schema, Table, WantedColumn, WantedSchema, WantedTable } from "../migration/schema.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { quote } from "../sql/sql-dialect.ts";
import { indexesOf } from "../sql/sql-indexes.ts";
import type { Connection } from "./sqlite-connection.ts";
import { searchColumn, searchTable } from "./sqlite-dialect.ts";
import { encodeValue } from "./sqlite-rows.ts";

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

/** The column type of what is stored in this way. */
export function sqliteType(storage: Storage): string {
  return columnTypes[storage];
}

/** What a column type holds, in the words of a definition. */
export function kindOf(type: string): string {
  const [kind = type] = Object.entries(columnTypes).find(([, one]) => one === type) ?? [];
  return kind === "real" ? "number" : kind;
}

/** The schema that a definition wants of SQLite. */
export function wantedSqlite(model: Model): WantedSchema {
  return { tables: [...model.collections.values()].map(wantedTable) };
}

function wantedTable(collection: CollectionModel): WantedTable {
  const { name, declaration, stored, searched } = collection;
  return {
    name,
    renamedFrom: declaration.renamedFrom,
    columns: stored.map((column) => wantedColumn(collection, column)),
    references: refsOf(declaration).map(({ name: column, target }) => ({ column, target, name: "" })),
    indexes: indexesOf(collection).map((index) => wantedIndex(name, index)),
    words: searched,
  };
}

function wantedColumn(collection: CollectionModel, name: string): WantedColumn {
  const { type, modifiers } = fieldOf(collection, name);
  const given = modifiers.default;
  return {
    name,
    type: sqliteType(type.storage),
    required: modifiers.presence !== "optional",
    fallback:
      given === undefined || typeof given === "function" ? undefined : literal(encodeValue(given, type.storage)),
    renamedFrom: modifiers.renamedFrom,
  };
}

/** A value as SQL spells it. */
export function literal(value: string | number | bigint | null): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function wantedIndex(table: string, { unique, keys }: ReturnType<typeof indexesOf>[number]): Index {
  const name = `${table}_${keys.join("_").replaceAll("-", "desc_")}${unique ? "_unique" : ""}`;
  const columns = keys.map((key) => (key.startsWith("-") ? `${quote(key.slice(1))} DESC` : quote(key)));
  return {
    name,
    unique,
    columns: keys.map((key) => key.replace(/^-/, "")).filter((key) => key !== "id"),
    form: "",
    sql: `CREATE ${unique ? "UNIQUE INDEX" : "INDEX"} ${quote(name)} ON ${quote(table)} (${columns.join(", ")})`,
    broken: false,
  };
}

/** What a file holds, and the names in it that Galley has not made. */
export function readSqlite(connection: Connection): { readonly schema: Schema; readonly foreign: readonly string[] } {
  const rows = connection.all({
    text: `SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite^_%' ESCAPE '^'`,
    values: [],
  });
  const names = rows.map(([name]) => String(name));
  const tables = rows.flatMap(([name, type]) => {
    const columns = type === "table" ? columnsOf(connection, String(name)) : [];
    return isOwn(columns) ? [tableFrom(connection, String(name), columns)] : [];
  });
  return { schema: { tables }, foreign: names.filter((name) => !tables.some((table) => table.name === name)) };
}

/** Whether a table is one of a collection: others may keep tables of their own in the same file. */
function isOwn(columns: readonly Column[]): boolean {
  return ["_row", "id", "createdAt", "updatedAt", "version"].every((name) => columns.some((one) => one.name === name));
}

function columnsOf(connection: Connection, table: string): Column[] {
  const rows = connection.all({
    text: `SELECT name, type, "notnull" FROM pragma_table_info(?)`,
    values: [table],
  });
  return rows.map(([name, type, required]) => ({ name: String(name), type: String(type), required: required === 1 }));
}

function tableFrom(connection: Connection, name: string, columns: readonly Column[]): Table {
  const references = connection.all({
    text: `SELECT "from", "table" FROM pragma_foreign_key_list(?) ORDER BY "from"`,
    values: [name],
  });
  return {
    name,
    columns: columns.filter((column) => column.name !== "_row"),
    references: references.map(([column, target]) => ({ column: String(column), target: String(target), name: "" })),
    indexes: indexesFrom(connection, name),
    words: wordsFrom(connection, name),
  };
}

function indexesFrom(connection: Connection, table: string): Index[] {
  const rows = connection.all({
    text: `SELECT m.name, l."unique", m.sql FROM sqlite_master m JOIN pragma_index_list(m.tbl_name) l ON l.name = m.name
           WHERE m.type = 'index' AND m.tbl_name = ? AND m.sql IS NOT NULL ORDER BY m.name`,
    values: [table],
  });
  return rows
    .filter(([name]) => isOwnIndex(String(name), table))
    .map(([name, unique, sql]) => {
      const columns = connection.all({ text: "SELECT name FROM pragma_index_info(?)", values: [name ?? null] });
      return {
        name: String(name),
        unique: unique === 1,
        columns: columns.map(([column]) => String(column)).filter((column) => column !== "id"),
        form: "",
        sql: String(sql),
        broken: false,
      };
    });
}

/** Whether Galley has made an index: its name tells. */
export function isOwnIndex(name: string, table: string): boolean {
  return name.startsWith(`${table}_`);
}

/** The words are made by Galley; the tokenizer must only split them at the spaces. */
export function createWordsSql(table: string, words: readonly string[]): string {
  return `CREATE VIRTUAL TABLE ${quote(searchTable({ name: table }))} USING fts5(${words.map(searchColumn).join(", ")}, content='', contentless_delete=1, tokenize='ascii', prefix='2 3')`;
}

function wordsFrom(connection: Connection, table: string): string[] {
  const name = searchTable({ name: table });
  const [sql] =
    connection.first({ text: "SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table'", values: [name] }) ?? [];
  if (sql === undefined) return [];
  const columns = connection.all({ text: "SELECT name FROM pragma_table_info(?)", values: [name] });
  const words = columns.map(([column]) => String(column).replace(/^words_/, ""));
  // One that was made in another way has to be made anew.
  return createWordsSql(table, words) === sql ? words : ["*"];
}
