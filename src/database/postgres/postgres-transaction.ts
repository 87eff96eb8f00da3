import { TransactionTimeout, withDeadline } from "../deadline.ts";
import type { Writer } from "../engine.ts";
import { Lease } from "../lease.ts";
import type { Sql } from "../sql/sql-dialect.ts";
import type { Query, Session } from "./postgres-connections.ts";
import { isOutage, isRetryable, isStale, unansweredError } from "./postgres-errors.ts";
import { createPostgresWriter, type Spelling } from "./postgres-writer.ts";

/** A work that went on after a statement of it had failed: it needs savepoints, which it has when it is run again. */
export class WentOn extends Error {
  override readonly name = "WentOn";
}

/** What a transaction needs. */
export interface TransactionParts {
  readonly spelling: Spelling;
  readonly session: Session;
  /** How long the work may hold it, in milliseconds. */
  readonly milliseconds: number;
  /** Whether each write has a savepoint, so that a work may go on after one that failed. */
  readonly savepoints: boolean;
}

/** How a transaction ended, and whether its connection can be used for another. */
export type Ending<T> = { readonly broken: boolean } & ({ readonly value: T } | { readonly error: unknown });

/** Runs a work in one transaction. */
export async function runTransaction<T>(
  { spelling, session, milliseconds, savepoints }: TransactionParts,
  work: (writer: Writer) => Promise<T>,
): Promise<Ending<T>> {
  /** The first statement that failed, which everything after it fails because of. */
  let failure: { readonly error: unknown } | undefined;
  let wentOn = false;
  let settled = false;
  const query: Query = async (sql) => {
    wentOn ||= failure !== undefined;
    try {
      return await session.query(sql);
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  let over = false;
  /** With savepoints one statement waits for another: what one takes back must not be another's. */
  function inTurn<R>(run: () => Promise<R>): Promise<R> {
    if (!savepoints) return run();
    // One that has not had its turn when the work fails must not have it: the session would be another's by then.
    const ran = last.then(() => {
      if (over) throw new Error("The transaction has ended before this statement had its turn.");
      return run();
    });
    last = ran.catch(ignore);
    return ran;
  }
  async function guarded(sql: Sql): Promise<unknown[][]> {
    await query({ text: "SAVEPOINT one", values: [] });
    try {
      return await session.query(sql);
    } catch (error) {
      if (isLost(error)) failure ??= { error };
      await query({ text: "ROLLBACK TO SAVEPOINT one", values: [] });
      throw error;
    } finally {
      await query({ text: "RELEASE SAVEPOINT one", values: [] });
    }
  }
  const read: Query = (sql) => inTurn(() => query(sql));
  const write: Query = (sql) => inTurn(() => (savepoints ? guarded(sql) : query(sql)));
  const { writer, finish, settle } = createPostgresWriter(spelling, {
    read,
    write,
    waits: savepoints,
    refused: () => {
      wentOn = true;
    },
  });
  const lease = new Lease(writer, milliseconds);
  // Sent without waiting: the first statement of the work travels with it. Were it to fail, what follows could not write.
  let begun = true;
  query({ text: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE", values: [] }).catch(() => {
    begun = false;
  });

  const until = performance.now() + milliseconds;
  let late = false;
  let committing = false;
  /** Waits for the server no longer than the work has time. That it stopped is only known when it says so: it may have committed. */
  async function inTime<R>(answer: Promise<R>): Promise<R> {
    let stopping: Promise<void> | undefined;
    const timer = setTimeout(
      () => {
        late = true;
        stopping = session.cancel();
      },
      Math.max(0, until - performance.now()),
    );
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      await stopping;
    }
  }

  /** What is to be made of a failure: the work may have caught it, or thrown another because of it. */
  function verdict(thrown: unknown): unknown {
    if (failure === undefined) return thrown;
    if (!begun || savepoints || isLost(failure.error)) return failure.error;
    return wentOn ? new WentOn("The work goes on after an error.", { cause: failure.error }) : thrown;
  }

  try {
    const value = await withDeadline(work(lease), milliseconds);
    settled = true;
    lease.end();
    lease.check();
    if (failure === undefined) {
      const flushed = finish();
      // Statements that take turns may not have been sent yet.
      if (savepoints) await flushed;
      // Sent behind what nobody has waited for: were that to fail, the server would not commit, and say so.
      committing = true;
      await inTime(Promise.all([flushed, session.commit()]));
    }
    if (failure === undefined) return { broken: false, value };
    throw failure.error;
  } catch (error) {
    // The work has ended well, or not because of what failed.
    wentOn ||= settled;
    lease.end();
    over = true;
    // Its statement may still run: nobody waits for that, and the connection is ended.
    if (error instanceof TransactionTimeout) return { broken: true, error };
    // What was refused before the work failed is why it would have failed, had it waited.
    await inTime(settle().then(() => last));
    // Where the connection broke, it may be stored all the same.
    const told = late && !isAway(error) ? new TransactionTimeout(milliseconds) : verdict(error);
    const rolledBack = await session.query({ text: "ROLLBACK", values: [] }).then(
      () => true,
      () => false,
    );
    return { broken: !rolledBack || !begun || isStale(told), error: committing ? unansweredError(told) : told };
  }
}

/** Whether nothing in the transaction can help: it lost against another, or the server is away. */
function isLost(error: unknown): boolean {
  return isRetryable(error) || isStale(error) || isAway(error);
}

function isAway(error: unknown): boolean {
  return isOutage(error instanceof Error ? (error.cause ?? error) : error);
}

function ignore(): void {}
