import { setTimeout as sleep } from "node:timers/promises";
import { GalleyError } from "../../kit/galley-error.ts";
import type { Model } from "../../schema/model.ts";
import type { Engine, Writer } from "../engine.ts";
import { tablesIn } from "../migration/schema.ts";
import { unfinishedLoad } from "../unfinished-load.ts";
import { createSqlReaders } from "../sql/sql-reader.ts";
import type { PostgresOptions } from "./postgres-configuration.ts";
import { createAdditions, NeedsTransaction } from "./postgres-additions.ts";
import { createConnections, type Session } from "./postgres-connections.ts";
import { createCrowd } from "./postgres-crowd.ts";
import { createPostgresDialect } from "./postgres-dialect.ts";
import { isOutage, isRetryable, isStale, outageError } from "./postgres-errors.ts";
import { isLoading, loadPostgres } from "./postgres-load.ts";
import { migratePostgres } from "./postgres-migration.ts";
import { readPostgres } from "./postgres-schema.ts";
import { checkVersion } from "./postgres-session.ts";
import { snapshotPostgres, type WholeParts } from "./postgres-snapshot.ts";
import { createScans } from "./postgres-scans.ts";
import { startError } from "./postgres-start-error.ts";
import { createStatements } from "./postgres-statements.ts";
import { runTransaction, WentOn } from "./postgres-transaction.ts";
import type { Spelling } from "./postgres-writer.ts";

/** How the engine works in this thread. */
export interface PostgresEngineOptions extends PostgresOptions {
  /** How long one work may hold the transaction, in milliseconds. */
  readonly transactionTime: number;
}

/**
 * Runs of one work before it may be given up, the time in milliseconds that it is tried for at least, and when those of all
 * replicas that keep colliding start to queue.
 */
const mostRuns = 12;
const triedFor = 5000;
const runsBeforeLock = 3;
/**
 * How long a work may wait for a connection, and for those before it that collide, in milliseconds. Where the server is away,
 * they tell it sooner.
 */
const longestWait = 800;
const patience = 10_000;
/** The lock of those who keep colliding; any number that no other program locks. */
const laneLock = 4_742_559;

/**
 * The PostgreSQL engine: single statements share pipelined connections, transactions are serializable on one of a pool. A
 * transaction that lost against another is run again, and the more of them lose, the fewer run at a time; those of all replicas
 * that keep losing go one after another.
 */
export function createPostgresEngine(model: Model, options: PostgresEngineOptions): Engine {
  const connections = createConnections(options);
  const dialect = createPostgresDialect(model);
  const crowd = createCrowd({ most: options.poolSize, longestWait, patience });
  const pending = new Set<Promise<void>>();
  const readerOver = createSqlReaders(model, dialect);
  const reader = readerOver(createScans(connections));
  const spelling: Spelling = { model, dialect, statements: createStatements(model), readerOver };

  const additions = createAdditions(model, reader, connections.adding);

  async function attempt<T>(
    work: (writer: Writer) => Promise<T>,
    milliseconds: number,
    { locked, savepoints }: { readonly locked: boolean; readonly savepoints: boolean },
  ): Promise<T> {
    const session = await connections.acquire();
    let broken = true;
    try {
      // Outside the transaction, whose view of the data begins with its first statement.
      if (locked) await session.query({ text: "SELECT pg_advisory_lock($1)", values: [laneLock] });
      const ending = await runTransaction({ spelling, session, milliseconds, savepoints }, work);
      // What was committed stays so, whatever becomes of the lock: were that told as a failure, it would be done again.
      broken = ending.broken || (locked && !(await unlock(session)));
      if ("error" in ending) throw ending.error;
      return ending.value;
    } finally {
      // The end of a connection gives back its lock.
      session.release(broken);
    }
  }

  function unlock(session: Session): Promise<boolean> {
    return session.query({ text: "SELECT pg_advisory_unlock($1)", values: [laneLock] }).then(
      () => true,
      () => false,
    );
  }

  async function runUntilDone<T>(work: (writer: Writer) => Promise<T>, milliseconds: number): Promise<T> {
    let savepoints = false;
    const leave = await crowd.enter();
    const begun = performance.now();
    try {
      for (let run = 1; ; run++) {
        try {
          const value = await attempt(work, milliseconds, { locked: run > runsBeforeLock, savepoints });
          crowd.committed();
          return value;
        } catch (error) {
          if (error instanceof WentOn) savepoints = true;
          else if (!isRetryable(error) && !isStale(error)) {
            const told = outageError(error);
            // Nothing of theirs was begun, whatever may be known of this one.
            const away = outageError(told instanceof Error ? told.cause : undefined);
            if (away instanceof GalleyError && isOutage(away.cause)) crowd.disperse(away);
            throw told;
          }
          if (isRetryable(error)) crowd.collided();
          if (run >= mostRuns && performance.now() - begun > triedFor) {
            const detail = "Others changed the same records at the same time, again and again; try again.";
            throw new GalleyError("conflict", detail, { cause: error });
          }
          // Those who collided would collide again if all waited the same time.
          if (run > 1) await sleep(Math.random() * 5 * Math.min(run, mostRuns));
        }
      }
    } finally {
      leave();
    }
  }

  async function runAddition<T>(work: (writer: Writer) => Promise<T>, milliseconds: number): Promise<T> {
    try {
      return await additions.run(work, milliseconds);
    } catch (error) {
      if (error instanceof NeedsTransaction) return runUntilDone(work, milliseconds);
      throw error;
    }
  }

  /** Runs what comes before anyone is served, and says in one line what keeps it from running. */
  async function started<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw startError(error, options.url);
    }
  }

  const whole: WholeParts = { connections, model, dialect, started };
  return {
    migrate: () =>
      started(async () => {
        if (await isLoading(connections.shared)) throw unfinishedLoad();
        await migratePostgres(connections, model);
      }),
    read: (work) => work(reader),
    write(work, { milliseconds = options.transactionTime, adds = false } = {}) {
      const written = adds ? runAddition(work, milliseconds) : runUntilDone(work, milliseconds);
      const settled = written.then(ignore, ignore).finally(() => pending.delete(settled));
      pending.add(settled);
      return written;
    },
    versionOf: () => undefined,
    snapshot: (work) => snapshotPostgres(whole, work),
    tables: () =>
      started(async () => {
        await checkVersion((text) => connections.shared({ text, values: [] }));
        const { schema, foreign } = await readPostgres(connections.shared);
        return tablesIn(schema, foreign);
      }),
    load: (work) => loadPostgres(whole, work),
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
