import { quote } from "../sql/sql-dialect.ts";
import type { Connection } from "./sqlite-connection.ts";
import { searchTable } from "./sqlite-dialect.ts";
import { isOwnIndex } from "./sqlite-schema.ts";
import { searchText } from "./sqlite-writer.ts";

/** Records whose words are made at a time. */
const chunk = 500;

/**
 * Creates what runs the statements of a migration, one after another. A table that is made anew keeps what the application has
 * made on it, its triggers and its own indexes: a migration that was written elsewhere can't know of them.
 */
export function createSqliteRunner(connection: Connection): (text: string) => void {
  /** Table -> what was made on it, while it is being made anew. */
  const saved = new Map<string, Part[]>();

  return (text) => {
    const [, words] = /^-- galley: words (\S+)$/.exec(text) ?? [];
    if (words !== undefined) return fillWords(connection, words);
    const [, dropped] = /^DROP TABLE "([^"]+)"$/i.exec(text) ?? [];
    if (dropped !== undefined && exists(connection, `_new_${dropped}`))
      saved.set(dropped, ownParts(connection, dropped));
    connection.execute(text);
    const [, made] = /^ALTER TABLE "_new_[^"]+" RENAME TO "([^"]+)"$/i.exec(text) ?? [];
    if (made !== undefined) {
      for (const part of saved.get(made) ?? []) makeAgain(connection, part);
      saved.delete(made);
    }
  };
}

function exists(connection: Connection, table: string): boolean {
  return (
    connection.first({ text: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", values: [table] }) !==
    undefined
  );
}

/** A trigger or an index. */
interface Part {
  readonly what: string;
  readonly sql: string;
}

function makeAgain(connection: Connection, { what, sql }: Part): void {
  try {
    connection.execute(sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The ${what} can't be made again: ${reason}. Drop it, or change it with the migration.`, {
      cause: error,
    });
  }
}

function ownParts(connection: Connection, table: string): Part[] {
  return connection
    .all({
      text: `SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND tbl_name = ? AND sql IS NOT NULL`,
      values: [table],
    })
    .filter(([type, name]) => type === "trigger" || !isOwnIndex(String(name), table))
    .map(([type, name, sql]) => ({ what: `${String(type)} ${String(name)}`, sql: String(sql) }));
}

/** Makes the words of a table anew, from the columns that its index has: it holds nothing that the table doesn't. */
function fillWords(connection: Connection, table: string): void {
  const index = quote(searchTable({ name: table }));
  const names = connection
    .all({ text: "SELECT name FROM pragma_table_info(?)", values: [searchTable({ name: table })] })
    .map(([name]) => String(name));
  if (names.length === 0) throw new Error(`The words of ${table} can't be made: it is not searched.`);
  connection.execute(`INSERT INTO ${index} (${index}) VALUES ('delete-all')`);
  const columns = names.map((name) => quote(name.replace(/^words_/, ""))).join(", ");
  const insert = `INSERT INTO ${index} (rowid, ${names.map(quote).join(", ")}) VALUES (?, ${names.map(() => "?").join(", ")})`;
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = connection.all({
      text: `SELECT "_row", ${columns} FROM ${quote(table)} WHERE "_row" > ? ORDER BY "_row" LIMIT ${chunk}`,
      values: [after],
    });
    for (const [row = null, ...texts] of rows)
      connection.run({ text: insert, values: [row, ...texts.map(searchText)] });
    if (rows.length < chunk) return;
    after = Number(rows.at(-1)?.[0]);
  }
}
