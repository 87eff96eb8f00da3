import { setTimeout as sleep } from "node:timers/promises";
import { GalleyError } from "../../kit/galley-error.ts";
import type { Model } from "../../schema/model.ts";
import { TransactionTimeout, withDeadline } from "../deadline.ts";
import type { Engine, Writer } from "../engine.ts";
import { leaseOf } from "../lease.ts";
import { createSqlReader } from "../sql/sql-reader.ts";
import { type Connections, createConnections, type PostgresOptions, type Session } from "./postgres-connections.ts";
import { createPostgresDialect } from "./postgres-dialect.ts";
import { isOutage, isRetryable, outageError, startError } from "./postgres-errors.ts";
import { migratePostgres } from "./postgres-migration.ts";
import { createPostgresWriter } from "./postgres-writer.ts";

/** How the engine works in this thread. */
export interface PostgresEngineOptions extends PostgresOptions {
  /** How long one work may hold the transaction, in milliseconds. */
  readonly transactionTime: number;
}

/** Runs of one work before it is given up, and when those that keep colliding start to queue. */
const mostRuns = 12;
const runsBeforeLane = 3;
/** The lane of those who keep colliding; any number that no other program locks. */
const lane = 4_742_559;

/**
 * The PostgreSQL engine: single statements share pipelined connections, transactions are serializable on one of a pool. A
 * transaction that lost against another is run again; those that keep losing go one after another.
 */
export function createPostgresEngine(model: Model, options: PostgresEngineOptions): Engine {
  const connections: Connections = createConnections(options);
  const dialect = createPostgresDialect(model);
  const pending = new Set<Promise<void>>();
  const reader = createSqlReader(model, dialect, (sql) => connections.shared(sql));

  async function transact<T>(session: Session, work: (writer: Writer) => Promise<T>, milliseconds: number): Promise<T> {
    const { query } = session;
    const own = createSqlReader(model, dialect, query);
    const { writer, settle } = createPostgresWriter(model, dialect, query, own);
    const lease = leaseOf(writer, milliseconds);
    // Sent without waiting: the first statement of the work travels with it, and fails if this does.
    const begun = query({ text: "BEGIN ISOLATION LEVEL SERIALIZABLE", values: [] });
    begun.catch(() => undefined);
    try {
      const value = await withDeadline(work(lease.writer), milliseconds);
      lease.end();
      lease.check();
      await settle();
      await query({ text: "COMMIT", values: [] });
      return value;
    } catch (error) {
      lease.end();
      // What was sent without waiting may have failed first, and everything after it only because of that.
      const first = await settle().then(
        () => error,
        (earlier: unknown) => earlier,
      );
      await query({ text: "ROLLBACK", values: [] }).catch(() => undefined);
      throw first;
    }
  }

  async function attempt<T>(work: (writer: Writer) => Promise<T>, milliseconds: number, queued: boolean): Promise<T> {
    const session = await connections.acquire();
    let broken = false;
    try {
      // Outside the transaction, whose view of the data begins with its first statement.
      if (queued) await session.query({ text: "SELECT pg_advisory_lock($1)", values: [lane] });
      return await transact(session, work, milliseconds);
    } catch (error) {
      broken =
        error instanceof TransactionTimeout ||
        isOutage(error) ||
        (error instanceof GalleyError && error.code === "overloaded");
      throw error;
    } finally {
      if (queued && !broken)
        await session.query({ text: "SELECT pg_advisory_unlock($1)", values: [lane] }).catch(() => undefined);
      session.release(broken);
    }
  }

  async function runUntilDone<T>(work: (writer: Writer) => Promise<T>, milliseconds: number): Promise<T> {
    for (let run = 1; ; run++) {
      try {
        return await attempt(work, milliseconds, run > runsBeforeLane);
      } catch (error) {
        if (!isRetryable(error)) throw outageError(error);
        if (run === mostRuns) {
          const detail = "Others changed the same records at the same time, again and again; try again.";
          throw new GalleyError("conflict", detail, { cause: error });
        }
        // Those who collided would collide again if all waited the same time.
        await sleep(Math.random() * 5 * run);
      }
    }
  }

  return {
    async migrate() {
      try {
        await migratePostgres(connections, model);
      } catch (error) {
        throw startError(error, options.url);
      }
    },
    read: (work) => work(reader),
    write(work, milliseconds = options.transactionTime) {
      const written = runUntilDone(work, milliseconds);
      const settled = written.then(ignore, ignore).finally(() => pending.delete(settled));
      pending.add(settled);
      return written;
    },
    async ping() {
      await connections.shared({ text: "SELECT 1", values: [] });
    },
    get waiting() {
      return pending.size;
    },
    async close() {
      await Promise.all(pending);
      await connections.close();
    },
  };
}

function ignore(): void {}
