import { dirname } from "node:path";
import { makeFolder } from "../../kit/make-folder.ts";
import type { Model } from "../../schema/model.ts";
import type { Engine, Reader, Snapshot, Writer } from "../engine.ts";
import { unfinishedLoad } from "../unfinished-load.ts";
import { tablesIn } from "../migration/schema.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { createSqlReader, createSqlSnapshot } from "../sql/sql-reader.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { isLoading, loadSqlite } from "./sqlite-load.ts";
import { createCheckpoints } from "./sqlite-checkpoints.ts";
import { createScans } from "./sqlite-scans.ts";
import { migrateSqlite } from "./sqlite-migration.ts";
import { createCommitCount } from "./commit-count.ts";
import { createFileMap } from "./sqlite-map.ts";
import { createSnapshot } from "./sqlite-snapshot.ts";
import { readSqlite } from "./sqlite-schema.ts";
import { createSqliteWriter } from "./sqlite-writer.ts";

/** How the engine works in this thread. */
export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly path: string;
  /**
   * `readOnly` in a thread that only answers requests; the writer is another thread then. `alone` reads too, and keeps every
   * other program out: what is read is all that there will be.
   */
  readonly access: "readOnly" | "readWrite" | "alone";
  /** Whether statements that scan a large table go to a thread of their own. */
  readonly scanThread: boolean;
  /** Whether the log is carried over into the file by a thread of its own, once there is much of it. */
  readonly checkpointThread?: boolean;
  /** How long one work may hold the transaction, in milliseconds. */
  readonly transactionTime: number;
  /** What a database in memory begins as, migrated already: a {@link sqliteImage} of the same model. */
  readonly image?: Uint8Array | undefined;
  /** The commits that all threads of the process count together. */
  readonly commits?: SharedArrayBuffer | undefined;
}

/** Longer than any snapshot is read: the most that a timer takes, in milliseconds. */
const forever = 2 ** 31 - 1;

/**
 * The SQLite engine: a reading connection for requests and, where it may write, a writing one with group commit. In memory
 * there is one connection only, and reads take their turn between transactions.
 *
 * @throws Error when the file can't be opened
 */
export function createSqliteEngine(model: Model, options: SqliteOptions): Engine {
  const { path, access, image } = options;
  const inMemory = path === ":memory:";
  const alone = access === "alone";
  if (!inMemory) makeFolder(dirname(path));
  const writing = access === "readWrite" ? openConnection({ path, readOnly: false, image }) : undefined;
  const count = createCommitCount(model, options.commits);
  const checkpoints = writing && options.checkpointThread ? createCheckpoints(writing, path) : undefined;
  const commits =
    writing &&
    createGroupCommit(
      writing,
      createSqliteWriter(model, writing, readerOf(writing)),
      count,
      options.transactionTime,
      checkpoints,
    );
  const reading = inMemory && writing ? writing : openConnection({ path, readOnly: !alone, alone });
  const scans = options.scanThread && !inMemory ? createScans(reading, path) : undefined;
  const snapshot = createSnapshot(reading, count, createFileMap(reading));
  const reader = createSqlReader(model, sqliteDialect, (sql) =>
    scans?.isHeavy(sql) ? scans.run(sql) : snapshot.all(sql),
  );

  function readerOf(connection: Connection): Reader {
    return createSqlReader(model, sqliteDialect, (sql) => connection.all(sql));
  }

  function wholeOf(connection: Connection): Snapshot {
    return createSqlSnapshot(model, sqliteDialect, (sql) => connection.all(sql));
  }

  return {
    async migrate() {
      if (writing === undefined) throw new Error("The database was opened for reading and can't be migrated.");
      if (isLoading(writing)) throw unfinishedLoad();
      if (image === undefined) migrateSqlite(writing, model);
    },
    read: (work) => work(inMemory && commits ? readerInTurns(commits) : reader),
    write: (work, { milliseconds } = {}) =>
      commits?.write(work, milliseconds) ??
      Promise.reject(new Error("The database was opened for reading in this thread.")),
    versionOf: (collection) => count.of(collection),
    async snapshot(work) {
      if (inMemory && commits) return commits.write(() => work(wholeOf(reading)), forever);
      if (alone) return work(wholeOf(reading));
      const connection = openConnection({ path, readOnly: true });
      try {
        // The first statement that reads decides which moment it is.
        connection.execute("BEGIN; SELECT 1 FROM sqlite_master LIMIT 1;");
        return await work(wholeOf(connection));
      } finally {
        connection.close();
      }
    },
    async tables() {
      const { schema, foreign } = readSqlite(reading);
      return tablesIn(schema, foreign);
    },
    async load(work) {
      if (writing === undefined || commits === undefined)
        throw new Error("The database was opened for reading and can't be filled.");
      return loadSqlite(writing, commits, model, work);
    },
    async ping() {
      reading.first({ text: "SELECT 1", values: [] });
    },
    get collisions() {
      return commits?.collisions ?? 0;
    },
    get waiting() {
      return commits?.waiting ?? 0;
    },
    async close() {
      await commits?.idle();
      await scans?.close();
      await checkpoints?.close();
      snapshot.end();
      if (reading !== writing) reading.close();
      // The last connection to close folds the log into the file, so that what is left is one file.
      writing?.close();
    },
  };
}

/**
 * Reads a database in memory, whose one connection may stand in the middle of a transaction: each statement waits for its turn.
 * Who reads and waits for something else in between, as an action without a transaction may, keeps nobody from writing.
 */
function readerInTurns(commits: GroupCommit): Reader {
  const write = <T>(work: (writer: Writer) => Promise<T>): Promise<T> => commits.write(work);
  return {
    get: (...given) => write((writer) => writer.get(...given)),
    find: (...given) => write((writer) => writer.find(...given)),
    select: (...given) => write((writer) => writer.select(...given)),
    selectJson: () => undefined,
    getJson: () => undefined,
    count: (...given) => write((writer) => writer.count(...given)),
    aggregate: (...given) => write((writer) => writer.aggregate(...given)),
    changes: (...given) => write((writer) => writer.changes(...given)),
  };
}
