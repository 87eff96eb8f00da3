import type { Engine } from "../database/engine.ts";
import { createPostgresEngine } from "../database/postgres/postgres-engine.ts";
import { createSqliteEngine } from "../database/sqlite/sqlite-engine.ts";
import type { Assembly } from "../operations/assemble.ts";
import type { DatabaseLocation } from "./settings.ts";

/** How one thread uses the database. */
export interface EngineUse {
  /** On SQLite one thread writes and the others only read, or one reads alone; on a server each does both. */
  readonly access: "readOnly" | "readWrite" | "alone";
  /** Whether statements that scan a large table may go to a thread of their own. */
  readonly scanThread: boolean;
  /** Whether the log of SQLite is carried over into the file by a thread of its own; no unless told otherwise. */
  readonly checkpointThread?: boolean;
  /** Connections to a server for transactions. */
  readonly connections: number;
  /** What a database in memory begins as, migrated already. */
  readonly image?: Uint8Array | undefined;
  /** On SQLite the commits that all threads count together. */
  readonly commits?: SharedArrayBuffer | undefined;
}

/** How long one statement may take on a server, in milliseconds. */
const statementTime = 30_000;

/** Opens the database for one thread. @throws Error when a file can't be opened */
export function openEngine({ backend, model }: Assembly, database: DatabaseLocation, use: EngineUse): Engine {
  const transactionTime = backend.limits.transactionTime ?? 2000;
  if (database.engine === "sqlite") {
    return createSqliteEngine(model, {
      path: database.file,
      access: use.access,
      scanThread: use.scanThread,
      checkpointThread: use.checkpointThread ?? false,
      transactionTime,
      image: use.image,
      commits: use.commits,
    });
  }
  return createPostgresEngine(model, { url: database.url, poolSize: use.connections, statementTime, transactionTime });
}
