import type { CommitCount } from "./commit-count.ts";
import { type Connection, mostMapped, type SqliteSql, type SqlValue } from "./sqlite-connection.ts";

const begin: SqliteSql = { text: "BEGIN", values: [] };
const commit: SqliteSql = { text: "COMMIT", values: [] };

/** Changes when any other connection has committed, one of another program too. */
const version: SqliteSql = { text: "PRAGMA data_version", values: [] };

/** Milliseconds without a commit after which the file is mapped again. */
const calm = 1000;
/** Milliseconds between two looks for commits of other programs, which nobody counts. */
const lookEvery = 50;

/** Reads of one turn of the event loop. */
export interface Snapshot {
  all(sql: SqliteSql): SqlValue[][];
  end(): void;
}

/**
 * Reads of one turn of the event loop share a read transaction: to begin and end one for each statement costs more than most
 * statements do. Whoever was told of a commit finds it, because a snapshot that is older than the last commit is given up.
 */
export function createSnapshot(
  connection: Pick<Connection, "all" | "first" | "run" | "execute">,
  commits: Pick<CommitCount, "current">,
  clock: () => number = () => performance.now(),
): Snapshot {
  /** The count of commits when the snapshot was taken; undefined while there is none. */
  let taken: number | undefined;
  let endsSoon = false;
  let isMapped = true;
  let known = commits.current();
  let changedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let found: SqlValue | undefined;

  /**
   * The file is mapped while nobody writes. At the first read after a commit SQLite gives the whole map up, which takes
   * milliseconds, and each page of the new one is a fault: with some commits a second, reads through the cache cost less.
   */
  function fitMap(count: number, now: number): void {
    if (count !== known) changedAt = now;
    known = count;
    const fits = now - changedAt > calm;
    if (fits === isMapped) return;
    isMapped = fits;
    connection.execute(`PRAGMA mmap_size = ${fits ? mostMapped : 0}`);
  }

  /** Within a transaction, where it takes no lock of its own. What it finds holds for the next: a file that is read can't be mapped anew. */
  function lookForOthers(now: number): void {
    if (now - lookedAt < lookEvery) return;
    lookedAt = now;
    const [current] = connection.first(version) ?? [];
    if (found !== undefined && current !== found) changedAt = now;
    found = current;
  }

  function end(): void {
    endsSoon = false;
    if (taken === undefined) return;
    taken = undefined;
    connection.run(commit);
  }

  return {
    all(sql) {
      // Asked before the snapshot is taken: what is committed in between is then in it, or the next statement gives it up.
      const count = commits.current();
      if (taken !== count) {
        if (taken !== undefined) connection.run(commit);
        const now = clock();
        fitMap(count, now);
        connection.run(begin);
        taken = count;
        lookForOthers(now);
        if (!endsSoon) setImmediate(end);
        endsSoon = true;
      }
      return connection.all(sql);
    },
    end,
  };
}
