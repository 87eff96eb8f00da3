import type { Model } from "../../schema/model.ts";
import { schemaStatements } from "./sqlite-chapters.ts";
import { openConnection } from "./sqlite-connection.ts";
import { prepareSqlite } from "./sqlite-migration.ts";
import { wantedSqlite } from "./sqlite-schema.ts";

/**
 * An empty database of a model, as bytes: to begin as a copy of it costs a tenth of the statements that make it. Nothing is there
 * that a migration would have to look at, so it is written down as it is wanted.
 */
export function sqliteImage(model: Model): Uint8Array {
  const connection = openConnection({ path: ":memory:", readOnly: false });
  try {
    connection.execute("BEGIN");
    prepareSqlite(connection);
    for (const statement of schemaStatements(wantedSqlite(model))) connection.execute(statement);
    connection.execute("COMMIT");
    return connection.serialize();
  } finally {
    connection.close();
  }
}
