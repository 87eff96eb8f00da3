import type { Model } from "../../schema/model.ts";
import type { Conversions } from "../migration/diff-columns.ts";
import { type Difference, diffSchemas } from "../migration/diff-schemas.ts";
import { intentOf } from "../migration/intent.ts";
import { needsOf, notUnique, refusal, takenNames } from "../migration/refusal.ts";
import type { Needs } from "../migration/step.ts";
import { quote } from "../sql/sql-dialect.ts";
import { sqliteChapters } from "./sqlite-chapters.ts";
import type { Connection } from "./sqlite-connection.ts";
import { createSqliteRunner } from "./sqlite-runner.ts";
import { kindOf, readSqlite, wantedSqlite } from "./sqlite-schema.ts";
import { inSchemaTransaction } from "./sqlite-transaction.ts";

/** Values that SQLite can turn into others of the same meaning. */
export const sqliteConversions: Conversions = {
  kindOf,
  widen: (column, from, to) => (from === "INTEGER" && to === "REAL" ? `CAST(${quote(column)} AS REAL)` : undefined),
  cast: (column, to) => `CAST(${quote(column)} AS ${to})`,
};

/** No index by record: nothing asks for it, and each entry about an older record would change one more page at a random place. */
const createFeed = `CREATE TABLE IF NOT EXISTS "_changes" ("sequence" INTEGER PRIMARY KEY AUTOINCREMENT, "at" TEXT NOT NULL, "collection" TEXT NOT NULL, "record" TEXT NOT NULL, "kind" TEXT NOT NULL, "actor" TEXT, "request" TEXT, "before" TEXT, "after" TEXT) STRICT;`;

/**
 * Brings the file to the model in one transaction, by the steps of a migration that lose nothing.
 *
 * @throws Error with one line for each change that would lose data or can't be made on the data that is there
 */
export function migrateSqlite(connection: Connection, model: Model): void {
  // Most starts find nothing to do, and need not wait for whoever writes.
  if (hasFeed(connection) && differenceOf(connection, model).steps.length === 0) return;
  inSchemaTransaction(connection, () => {
    prepareSqlite(connection);
    const { steps, after, refused } = differenceOf(connection, model);
    const lines = [
      ...refused,
      ...needsOf(steps).flatMap((needs) => (holds(connection, needs) ? [] : [`${needs.fact} ${needs.declare}`])),
    ];
    if (lines.length > 0) throw refusal(lines);
    const run = createSqliteRunner(connection);
    for (const { statements } of sqliteChapters(steps, after)) {
      for (const text of statements) {
        try {
          run(text);
        } catch (error) {
          const index = after.tables
            .flatMap(({ name, indexes }) => indexes.map(({ sql, columns }) => ({ table: name, sql, columns })))
            .find(({ sql }) => sql === text);
          const isShared = error instanceof Error && error.message.startsWith("UNIQUE");
          throw index !== undefined && isShared ? refusal([notUnique(index.table, index.columns)], error) : error;
        }
      }
    }
  });
}

/** Makes the tables that Galley keeps for itself, where they aren't there. */
export function prepareSqlite(connection: Connection): void {
  connection.execute(createFeed);
}

function hasFeed(connection: Connection): boolean {
  return connection.first({ text: "SELECT 1 FROM sqlite_master WHERE name = '_changes'", values: [] }) !== undefined;
}

function differenceOf(connection: Connection, model: Model): Difference & { readonly refused: readonly string[] } {
  const { schema, foreign } = readSqlite(connection);
  const wanted = wantedSqlite(model);
  const difference = diffSchemas(schema, wanted, intentOf(wanted), sqliteConversions);
  return { ...difference, refused: takenNames(difference.steps, foreign) };
}

/** Whether a step loses nothing on the data that is there. */
export function holds(connection: Connection, { unless, at }: Needs): boolean {
  const missing = unless === "filled" ? ` WHERE ${quote(at.column)} IS NULL` : "";
  const text = `SELECT 1 FROM ${quote(at.table)}${missing} LIMIT 1`;
  return connection.first({ text, values: [] }) === undefined;
}
