import { DatabaseSync, type StatementSync } from "node:sqlite";
import { collectGarbage } from "../../kit/collect-garbage.ts";
import { TextCache } from "../../kit/text-cache.ts";
import type { Sql } from "../sql/sql-dialect.ts";

/** A value that SQLite stores. */
export type SqlValue = string | number | bigint | null;

/** A statement for SQLite. */
export type SqliteSql = Sql<SqlValue>;

/** How a database file is opened. */
export interface ConnectionOptions {
  /** A path, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
  /** Whether every other program is kept out for as long as it is open. */
  readonly alone?: boolean;
  /** What a database in memory begins as: the {@link Connection.serialize | bytes} of another. */
  readonly image?: Uint8Array | undefined;
}

/** One connection, which keeps its statements prepared by their text. */
export interface Connection {
  /** The rows, each an array of columns. */
  all(sql: SqliteSql): SqlValue[][];
  /** The first row. */
  first(sql: SqliteSql): SqlValue[] | undefined;
  run(sql: SqliteSql): void;
  /** The same, where it is refused as busy instead of waiting for a lock. */
  runAtOnce(sql: SqliteSql): void;
  /** The steps of the plan for a statement, as SQLite describes them. */
  plan(text: string): string[];
  /** Runs statements that are not worth keeping. */
  execute(text: string): void;
  /** Whether a transaction is open: some errors end it by themselves. */
  readonly inTransaction: boolean;
  /** The whole database as the bytes of a file. */
  serialize(): Uint8Array;
  close(): void;
}

/** Statements that a connection keeps. Each character of one is 20 to 60 bytes of memory once it is prepared. */
const keptStatements = { most: 500, characters: 2 ** 20 };
/** Characters of statements that were let go of, after which their memory is asked back: it is freed with the garbage alone. */
const mostForgotten = 2 ** 21;
/** Bytes of a file that are mapped at the most; SQLite has a limit of its own, of 2 GB. */
export const mostMapped = 4_294_967_296;
/** A page that changes often is carried over once for ten times as many commits as by default; the log grows to 40 MB. */
export const pagesBetweenCheckpoints = 10_000;
/** How long is waited for a lock that another connection holds for a moment, in milliseconds. */
export const patience = 5000;

/**
 * Opens a database file in WAL mode, where a commit is on disk before it is answered (`synchronous=FULL`).
 *
 * @throws Error with the path and the reason, when it can't be opened
 */
export function openConnection({ path, readOnly, alone = false, image }: ConnectionOptions): Connection {
  const database = openFile(path, readOnly, alone);
  if (image !== undefined) database.deserialize(image);
  const statements = new TextCache<StatementSync>({ ...keptStatements, dropped: forget });
  let forgotten = 0;

  function forget(text: string): void {
    forgotten += text.length;
    if (forgotten < mostForgotten) return;
    forgotten = 0;
    collectGarbage();
  }

  function prepare(text: string): StatementSync {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statements.add(text, statement);
  }

  return {
    // With setReturnArrays, rows are arrays, which the types of node:sqlite don't say.
    all: ({ text, values }) => prepare(text).all(...values) as unknown as SqlValue[][],
    first: ({ text, values }) => prepare(text).get(...values) as unknown as SqlValue[] | undefined,
    run: ({ text, values }) => void prepare(text).run(...values),
    runAtOnce({ text, values }) {
      database.exec("PRAGMA busy_timeout = 0");
      try {
        prepare(text).run(...values);
      } finally {
        database.exec(`PRAGMA busy_timeout = ${patience}`);
      }
    },
    plan(text) {
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
      forget(text);
      return steps.map(({ detail }) => String(detail));
    },
    execute: (text) => database.exec(text),
    get inTransaction() {
      return database.isTransaction;
    },
    serialize: () => database.serialize(),
    close() {
      statements.clear();
      database.close();
    },
  };
}

function openFile(path: string, readOnly: boolean, alone: boolean): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    // Programs that have a file open hold it for as long as they run: there is nothing to wait for.
    const timeout = alone ? 0 : patience;
    database = new DatabaseSync(path, { readOnly, timeout, enableForeignKeyConstraints: true });
    // Without mmap, pages cost a third more. A view of the file is shared by all connections, so it costs no memory.
    const { mmap_size: mapped } = database.prepare(`PRAGMA mmap_size = ${mostMapped}`).get() ?? {};
    database.exec("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
    if (alone) {
      // What is locked in this mode stays locked.
      database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;");
    } else if (!readOnly) {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      // Each commit walks through what is cached. 16 MB hold the pages that a group changes, and the file itself is mapped.
      database.exec("PRAGMA cache_size = -16384;");
      database.exec(`PRAGMA wal_autocheckpoint = ${pagesBetweenCheckpoints};`);
    }
    // What lies beyond what is mapped is read through the cache: 64 MB hold the inner pages of large indexes.
    const size = database
      .prepare("SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size")
      .get();
    if (Number(size?.["size"]) > Number(mapped)) database.exec("PRAGMA cache_size = -65536;");
    return database;
  } catch (error) {
    database?.close();
    if (alone && isBusy(error))
      throw new Error(`The database file ${path} is in use by another program, such as a server: stop that first.`, {
        cause: error,
      });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The database file ${path} can't be opened: ${reason}.`, { cause: error });
  }
}

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  // The lower byte is the kind of the error, the rest says more about it.
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 255) === 5;
}
