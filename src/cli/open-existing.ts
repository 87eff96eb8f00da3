import { existsSync } from "node:fs";
import type { Engine } from "../database/engine.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Assembly } from "../operations/assemble.ts";
import { always } from "../query/predicate.ts";
import type { Configuration } from "../server/index.ts";
import { openEngine } from "../server/open-engine.ts";
import { schemaDifferences } from "../server/open-migrations.ts";
import { whereOf } from "./where-of.ts";

/** Opens the database as it is: to bring it to the definition is for the server, or for a migration that somebody reads. */
export async function openExisting(assembly: Assembly, configuration: Configuration): Promise<Engine> {
  const { database } = configuration;
  const where = whereOf(configuration);
  if (database.engine === "sqlite" && !existsSync(database.file))
    throw new Error(`There is no database ${where}. galley start makes it; DATABASE_URL or GALLEY_DATA name another.`);
  // A server may wait for what is written here, and must not wait for a file to be flushed.
  const use = { access: "readWrite", scanThread: false, checkpointThread: true, connections: 2 } as const;
  const engine = openEngine(assembly, database, use);
  const order = [{ field: "id", descending: false }];
  try {
    for (const collection of assembly.model.collections.values()) {
      const first = { where: always, order, limit: 1, after: undefined };
      await engine.read((reader) => reader.select(collection, first));
    }
    // What has no index yet is not unique either: a record could be stored twice.
    const [difference] = await schemaDifferences(assembly.model, database);
    if (difference !== undefined) throw new Error(difference);
  } catch (error) {
    await engine.close();
    throw new Error(unusable(error, where), { cause: error });
  }
  return engine;
}

function unusable(error: unknown, where: string): string {
  const away = error instanceof GalleyError && error.code === "overloaded";
  const cause = away ? (error.cause ?? error) : error;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
  return away
    ? `The database ${where} can't be used: ${reason}. Check DATABASE_URL, and that the server runs.`
    : `The database ${where} can't be used with this definition: ${reason}. galley start or galley migrate apply brings it there.`;
}
