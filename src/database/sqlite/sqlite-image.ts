import type { Model } from "../../schema/model.ts";
import { openConnection } from "./sqlite-connection.ts";
import { migrateSqlite } from "./sqlite-migration.ts";

/** An empty database of a model, as bytes: to begin as a copy of it costs a tenth of the statements that make it. */
export function sqliteImage(model: Model): Uint8Array {
  const connection = openConnection({ path: ":memory:", readOnly: false });
  try {
    migrateSqlite(connection, model);
    return connection.serialize();
  } finally {
    connection.close();
  }
}
