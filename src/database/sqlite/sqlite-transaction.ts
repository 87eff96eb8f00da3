import { quote } from "../sql/sql-dialect.ts";
import type { Connection } from "./sqlite-connection.ts";

/** The number that SQLite gives to a lock that another program holds. */
const busy = 5;

/**
 * Changes the schema in one transaction. A rebuilt table is dropped while others refer to it, so foreign keys are checked as a
 * whole before the commit; so are triggers and views, which SQLite would only miss something in when they are used.
 *
 * @throws Error when something refers to what isn't there; the file is as it was then
 */
export function inSchemaTransaction<T>(connection: Connection, work: () => T): T {
  connection.execute("PRAGMA foreign_keys = OFF");
  try {
    begin(connection);
    const before = new Set(brokenParts(connection));
    const value = work();
    const broken = connection.first({ text: "PRAGMA foreign_key_check", values: [] });
    if (broken !== undefined)
      throw new Error(`A record of ${String(broken[0])} refers to one of ${String(broken[2])} that does not exist.`);
    const [part] = brokenParts(connection).filter((one) => !before.has(one));
    if (part !== undefined) throw new Error(`${part}. Drop it, or change it with the migration.`);
    connection.execute("COMMIT");
    return value;
  } catch (error) {
    if (connection.inTransaction) connection.execute("ROLLBACK");
    throw error;
  } finally {
    connection.execute("PRAGMA legacy_alter_table = OFF");
    connection.execute("PRAGMA foreign_keys = ON");
  }
}

function begin(connection: Connection): void {
  try {
    connection.execute("BEGIN IMMEDIATE");
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error && error.errcode === busy)) throw error;
    throw new Error("Another program writes to the database; stop it, or try again shortly.", { cause: error });
  }
}

/** Triggers and views of the application's own that don't work, and why. */
function brokenParts(connection: Connection): string[] {
  const parts = connection.all({
    text: "SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name",
    values: [],
  });
  return parts.flatMap(([type, name, table]) => {
    const reason =
      type === "view"
        ? mistakeOf(connection, `SELECT * FROM ${quote(String(name))} LIMIT 0`)
        : triggerMistake(connection, String(table));
    return reason === undefined ? [] : [`The ${String(type)} ${String(name)} no longer works: ${reason}`];
  });
}

/** What is wrong with a trigger of a table: to plan a write is to read them all. */
function triggerMistake(connection: Connection, table: string): string | undefined {
  const columns = connection.all({ text: "SELECT name FROM pragma_table_info(?)", values: [table] });
  const set = columns.map(([name]) => `${quote(String(name))} = ${quote(String(name))}`).join(", ");
  const on = quote(table);
  return [`UPDATE ${on} SET ${set}`, `INSERT INTO ${on} DEFAULT VALUES`, `DELETE FROM ${on}`]
    .map((text) => mistakeOf(connection, text))
    .find((mistake) => mistake !== undefined && !mistake.startsWith("cannot modify"));
}

function mistakeOf(connection: Connection, text: string): string | undefined {
  try {
    connection.all({ text: `EXPLAIN ${text}`, values: [] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
