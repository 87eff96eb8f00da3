import { setTimeout as sleep } from "node:timers/promises";
import type { Connections, Query } from "./postgres-connections.ts";

/** The lock that whoever changes the schema takes; any number that no other program locks. */
const migrationLock = 4_742_558;
const oldestServer = 140_000;

/** A connection for changing the schema. */
export interface SchemaSession {
  readonly query: Query;
  /** A statement without values. */
  readonly run: (text: string) => Promise<unknown[][]>;
  /** Waits for others who change the schema. Given back with the connection. */
  readonly lock: () => Promise<void>;
}

/** Holds a connection without time limits for changes of the schema, and ends it: so its locks and settings are given back. */
export async function withSchemaSession<T>(
  connections: Connections,
  work: (session: SchemaSession) => Promise<T>,
): Promise<T> {
  const session = await connections.acquire();
  const run = (text: string): Promise<unknown[][]> => session.query({ text, values: [] });
  try {
    await checkVersion(run);
    await run("SET statement_timeout = 0");
    await run("SET idle_in_transaction_session_timeout = 0");
    await run("SET default_transaction_read_only = off");
    return await work({ query: session.query, run, lock: () => lockMigration(run) });
  } finally {
    session.release(true);
  }
}

/** Runs statements in one transaction. */
export async function inTransaction<T>(
  { run }: SchemaSession,
  work: () => Promise<T>,
  { begin = "BEGIN", end = "COMMIT" } = {},
): Promise<T> {
  await run(begin);
  try {
    // Better to fail and be started again than to queue behind a long transaction and hold up everyone behind us.
    await run("SET LOCAL lock_timeout = '10s'");
    const value = await work();
    await run(end);
    return value;
  } catch (error) {
    await run("ROLLBACK");
    throw error;
  }
}

/**
 * Waits for other replicas by asking again and again: a statement that waited for the lock would be a transaction that making
 * an index concurrently waits for, in the replica that holds the lock.
 */
async function lockMigration(run: SchemaSession["run"]): Promise<void> {
  for (;;) {
    const [[locked] = []] = await run(`SELECT pg_try_advisory_lock(${migrationLock})`);
    if (locked === "t") return;
    await sleep(50);
  }
}

/** @throws Error when the server is older than what is relied upon */
export async function checkVersion(run: SchemaSession["run"]): Promise<void> {
  const [[number, name] = []] = await run(
    "SELECT current_setting('server_version_num'), current_setting('server_version')",
  );
  if (Number(number) < oldestServer)
    throw new Error(`The PostgreSQL server is version ${String(name)}; Galley needs 14 or newer.`);
}
