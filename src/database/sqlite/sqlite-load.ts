import type { Model } from "../../schema/model.ts";
import type { Loader } from "../engine.ts";
import { createFeedSql } from "../sql/sql-feed.ts";
import { quote } from "../sql/sql-dialect.ts";
import { loadingTable } from "../unfinished-load.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Connection } from "./sqlite-connection.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { migrateSqlite } from "./sqlite-migration.ts";
import { readSqlite } from "./sqlite-schema.ts";
import { inSchemaTransaction } from "./sqlite-transaction.ts";

/** How long one transaction of a load may take, in milliseconds. */
const longestPart = 10 * 60_000;

/** Fills a file: references are not looked at until the end, because they may lead forwards, and in circles. */
export async function loadSqlite<T>(
  connection: Connection,
  commits: GroupCommit,
  model: Model,
  work: (loader: Loader) => Promise<T>,
): Promise<T> {
  const feed = createFeedSql(sqliteDialect);
  // What was filled in part may refer to what is not there yet, which a migration would not let pass.
  if (!isLoading(connection)) migrateSqlite(connection, model);
  connection.execute(`CREATE TABLE IF NOT EXISTS ${quote(loadingTable)} ("since" TEXT) STRICT`);
  // To put each row into its place in every index costs far more than to make them when all rows are there.
  for (const { name: table, indexes } of readSqlite(connection).schema.tables) {
    if (!model.collections.has(table)) continue;
    for (const { name } of indexes) connection.execute(`DROP INDEX ${quote(name)}`);
  }
  // What is sorted for an index may be larger than memory.
  connection.execute("PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE;");
  try {
    const result = await work({
      insert: (collection, rows) =>
        commits.write(async (writer) => {
          for (const row of rows) await writer.insert(collection, row);
        }, longestPart),
      append: (entries) =>
        commits.write(async () => {
          for (const entry of entries) connection.run(feed.restore(entry));
        }, longestPart),
    });
    migrateSqlite(connection, model);
    inSchemaTransaction(connection, () => connection.execute(`DROP TABLE ${quote(loadingTable)}`));
    return result;
  } finally {
    connection.execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;");
  }
}

/** Whether a load has begun and not ended. */
export function isLoading(connection: Connection): boolean {
  return connection.first({ text: "SELECT 1 FROM sqlite_master WHERE name = ?", values: [loadingTable] }) !== undefined;
}
