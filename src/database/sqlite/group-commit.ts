import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { GalleyError } from "../../kit/galley-error.ts";
import type { Writer } from "../engine.ts";
import { createDeadlines } from "../deadline.ts";
import { Lease, TransactionLost } from "../lease.ts";
import { type Connection, isBusy, patience, type SqliteSql } from "./sqlite-connection.ts";
import { createFileMap } from "./sqlite-map.ts";
import type { SqliteWriting } from "./sqlite-writer.ts";
import type { Checkpoints } from "./sqlite-checkpoints.ts";
import type { CommitCount } from "./commit-count.ts";

/** Work that waits for its turn in a transaction. */
interface Waiting {
  readonly run: (writer: Writer) => Promise<unknown>;
  readonly milliseconds: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const begin: SqliteSql = { text: "BEGIN IMMEDIATE", values: [] };
const commit: SqliteSql = { text: "COMMIT", values: [] };
const savepoint: SqliteSql = { text: "SAVEPOINT member", values: [] };
const release: SqliteSql = { text: "RELEASE member", values: [] };
/** Rows that the connection has changed, those that were rolled back among them. */
const totalChanges: SqliteSql = { text: "SELECT total_changes()", values: [] };
const rollback: SqliteSql = { text: "ROLLBACK TO member", values: [] };

/** Runs works one after another in shared transactions. */
export interface GroupCommit {
  write<T>(work: (writer: Writer) => Promise<T>, milliseconds?: number): Promise<T>;
  readonly waiting: number;
  /** How often a transaction could not begin at once, because another program wrote. */
  readonly collisions: number;
  /** Settles when nothing is waiting any more. */
  idle(): Promise<void>;
}

/** Works that share one transaction at the most, and milliseconds after which it takes no more: the first waits for the last. */
const mostMembers = 200;
const longEnough = 50;

/** Groups that are run with savepoints from the start after one had to be run again. */
const waryGroups = 16;

/** How a member ended, and how to answer it once the group is on disk. */
interface Ended {
  readonly answer: () => void;
  /** Whether it has failed and left something in the transaction. */
  readonly spoilt: boolean;
}

/** A member that has failed and left something in the transaction, and how to answer it. */
interface Spoilt {
  readonly member: Waiting;
  readonly answer: () => void;
}

/**
 * Takes whatever has gathered, runs each in one transaction, commits once, and only then answers each. It never waits for
 * company: while one commit is on its way to the disk, the next group gathers.
 *
 * A member that fails is rolled back alone. Most fail before they have written anything, and a savepoint for each would cost a
 * copy of every page that it changes. So there are none until one has failed too late: then the others are run again with them.
 */
export function createGroupCommit(
  connection: Connection,
  { writer, feed, written }: SqliteWriting,
  count: CommitCount,
  transactionTime: number,
  checkpoints?: Checkpoints,
): GroupCommit {
  const queue: Waiting[] = [];
  const deadlines = createDeadlines();
  const map = createFileMap(connection);
  let draining: Promise<void> | undefined;
  let wary = 0;
  let collisions = 0;

  async function drain(): Promise<void> {
    try {
      while (queue.length > 0) {
        // Whatever arrived during the last commit is on its way through the event loop: it joins before the next begins.
        await nextTurn();
        checkpoints?.advance();
        await commitGroup(queue.splice(0, mostMembers));
      }
    } finally {
      draining = undefined;
    }
  }

  /** Members one after another while there is time; those who are left are the first of the next group. */
  function* inTime(group: Waiting[]): Generator<Waiting> {
    const until = performance.now() + longEnough;
    for (const [index, member] of group.entries()) {
      if (index > 0 && performance.now() > until) {
        queue.unshift(...group.splice(index));
        return;
      }
      yield member;
    }
  }

  async function commitGroup(group: Waiting[]): Promise<void> {
    let answers: (() => void)[] = [];
    let spoiler: Waiting | undefined;
    try {
      await beginSoon();
      if (wary === 0) {
        const spoilt = await runMembers(group, answers);
        if (spoilt !== undefined) {
          wary = waryGroups;
          spoiler = spoilt.member;
          answers = [spoilt.answer];
          takeBack();
          await beginSoon();
        }
      }
      if (wary > 0) {
        wary--;
        for (const member of inTime(group)) answers.push((await withSavepoint(() => runMember(member))).answer);
      }
      feed.flush();
      connection.run(commit);
      count.add(written);
    } catch (error) {
      // Nothing of the group is stored, so nobody is told otherwise.
      const reason = busyError(error);
      spoiler?.reject(reason);
      for (const { reject } of group) reject(reason);
      takeBack();
      return;
    } finally {
      deadlines.clear();
      forget();
    }
    for (const answer of answers) answer();
  }

  /**
   * Begins as soon as no other program writes. SQLite's own waiting looks less and less often, at last ten times a second, and
   * finds that a program that writes much has begun again.
   */
  async function beginSoon(): Promise<void> {
    const until = performance.now() + patience;
    for (;;) {
      map.fit();
      try {
        connection.runAtOnce(begin);
        map.look();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error;
        collisions++;
        map.changed();
      }
      await wait(1);
    }
  }

  /** Runs members until one has spoilt the transaction: it leaves the group, and is answered as it ended. */
  async function runMembers(group: Waiting[], answers: (() => void)[]): Promise<Spoilt | undefined> {
    for (const member of inTime(group)) {
      const { answer, spoilt } = await runMember(member);
      if (spoilt) {
        group.splice(group.indexOf(member), 1);
        return { member, answer };
      }
      answers.push(answer);
    }
    return undefined;
  }

  async function withSavepoint(run: () => Promise<Ended>): Promise<Ended> {
    connection.run(savepoint);
    const ended = await run();
    if (ended.spoilt) connection.run(rollback);
    connection.run(release);
    return ended;
  }

  /** A disk that failed the commit may fail this as well; the next BEGIN will say so to those who come next. */
  function takeBack(): void {
    try {
      if (connection.inTransaction) connection.execute("ROLLBACK");
    } catch {
      // Whoever waited has been told of the first failure.
    }
    forget();
  }

  function forget(): void {
    feed.clear();
    written.clear();
  }

  const isOpen = (): boolean => connection.inTransaction;
  const changes = (): unknown => connection.first(totalChanges)?.[0];

  /** @throws what ended the whole transaction */
  async function runMember({ run, milliseconds, resolve, reject }: Waiting): Promise<Ended> {
    const lease = new Lease(writer, milliseconds, isOpen);
    const mark = feed.mark();
    const before = changes();
    try {
      const value = await deadlines.within(run(lease), milliseconds);
      lease.end();
      lease.check();
      return { answer: () => resolve(value), spoilt: false };
    } catch (error) {
      lease.end();
      // A full disk or a failing one ends the transaction itself, and with it every member. What this one made of that is its own.
      if (!isOpen()) throw error instanceof TransactionLost ? error : new TransactionLost(error);
      feed.backTo(mark);
      return { answer: () => reject(error), spoilt: changes() !== before };
    }
  }

  return {
    write: <T>(work: (writer: Writer) => Promise<T>, milliseconds = transactionTime) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ run: work, milliseconds, resolve: (value) => resolve(value as T), reject });
        draining ??= drain();
      }),
    get waiting() {
      return queue.length;
    },
    get collisions() {
      return collisions;
    },
    async idle() {
      await draining;
    },
  };
}

/** Another program that writes to the file, such as a backup, is no fault of the request: it may come again. */
function busyError(error: unknown): unknown {
  if (!isBusy(error)) return error;
  return new GalleyError("overloaded", "Another program holds the database; ask again shortly.", {
    headers: { "retry-after": "1" },
    cause: error,
  });
}
