import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Model } from "../../schema/model.ts";
import type { Engine, Reader } from "../engine.ts";
import { createGroupCommit } from "./group-commit.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { createSqlReader } from "../sql/sql-reader.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { createScans } from "./sqlite-scans.ts";
import { migrateSqlite } from "./sqlite-migration.ts";
import { createCommitCount } from "./commit-count.ts";
import { createSnapshot } from "./sqlite-snapshot.ts";
import { createSqliteWriter } from "./sqlite-writer.ts";

/** How the engine works in this thread. */
export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly path: string;
  /** `readOnly` in a thread that only answers requests; the writer is another thread then. */
  readonly access: "readOnly" | "readWrite";
  /** Whether statements that scan a large table go to a thread of their own. */
  readonly scanThread: boolean;
  /** How long one work may hold the transaction, in milliseconds. */
  readonly transactionTime: number;
  /** What a database in memory begins as, migrated already: a {@link sqliteImage} of the same model. */
  readonly image?: Uint8Array | undefined;
  /** The commits that all threads of the process count together. */
  readonly commits?: SharedArrayBuffer | undefined;
}

/**
 * The SQLite engine: a reading connection for requests and, where it may write, a writing one with group commit. In memory
 * there is one connection only, and reads take their turn between transactions.
 *
 * @throws Error when the file can't be opened
 */
export function createSqliteEngine(model: Model, options: SqliteOptions): Engine {
  const inMemory = options.path === ":memory:";
  if (!inMemory) mkdirSync(dirname(options.path), { recursive: true });
  const writing =
    options.access === "readWrite"
      ? openConnection({ path: options.path, readOnly: false, image: options.image })
      : undefined;
  const count = createCommitCount(model, options.commits);
  const commits =
    writing &&
    createGroupCommit(writing, createSqliteWriter(model, writing, readerOf(writing)), count, options.transactionTime);
  const reading = inMemory && writing ? writing : openConnection({ path: options.path, readOnly: true });
  const scans = options.scanThread && !inMemory ? createScans(reading, options.path) : undefined;
  const snapshot = createSnapshot(reading, count);
  const reader = createSqlReader(model, sqliteDialect, (sql) =>
    scans?.isHeavy(sql) ? scans.run(sql) : snapshot.all(sql),
  );

  function readerOf(connection: Connection): Reader {
    return createSqlReader(model, sqliteDialect, (sql) => connection.all(sql));
  }

  return {
    async migrate() {
      if (writing === undefined) throw new Error("The database was opened for reading and can't be migrated.");
      if (options.image === undefined) migrateSqlite(writing, model);
    },
    read: (work) => (inMemory && commits ? commits.write(work) : work(reader)),
    write: (work, milliseconds) =>
      commits?.write(work, milliseconds) ??
      Promise.reject(new Error("The database was opened for reading in this thread.")),
    versionOf: (collection) => count.of(collection),
    async ping() {
      reading.first({ text: "SELECT 1", values: [] });
    },
    get waiting() {
      return commits?.waiting ?? 0;
    },
    async close() {
      await commits?.idle();
      await scans?.close();
      snapshot.end();
      if (reading !== writing) reading.close();
      // The last connection to close folds the log into the file, so that what is left is one file.
      writing?.close();
    },
  };
}
