import type { CommitCount } from "./commit-count.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import type { FileMap } from "./sqlite-map.ts";

const begin: SqliteSql = { text: "BEGIN", values: [] };
const commit: SqliteSql = { text: "COMMIT", values: [] };

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
  connection: Pick<Connection, "all" | "run" | "inTransaction">,
  commits: Pick<CommitCount, "current">,
  map: FileMap,
): Snapshot {
  /** The count of commits when the snapshot was taken; undefined while there is none. */
  let taken: number | undefined;
  let endsSoon = false;
  let known = commits.current();

  function end(): void {
    endsSoon = false;
    if (taken === undefined) return;
    taken = undefined;
    giveUp();
  }

  /** A disk that fails ends the transaction by itself: whoever read is told, and the thread must not end with it. */
  function giveUp(): void {
    if (connection.inTransaction) connection.run(commit);
  }

  function begins(count: number): void {
    if (count !== known) map.changed();
    known = count;
    map.fit();
    connection.run(begin);
    taken = count;
    if (!endsSoon) setImmediate(end);
    endsSoon = true;
    map.look();
  }

  return {
    all(sql) {
      // Asked before the snapshot is taken: what is committed in between is then in it, or the next statement gives it up.
      const count = commits.current();
      if (taken !== count || !connection.inTransaction) {
        if (taken !== undefined) giveUp();
        begins(count);
      }
      return connection.all(sql);
    },
    end,
  };
}
