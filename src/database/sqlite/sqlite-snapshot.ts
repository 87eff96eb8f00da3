import type { CommitCount } from "./commit-count.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";

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
export function createSnapshot(connection: Connection, commits: CommitCount): Snapshot {
  /** The count of commits when the snapshot was taken; undefined while there is none. */
  let taken: number | undefined;
  let endsSoon = false;

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
        connection.run(begin);
        taken = count;
        if (!endsSoon) setImmediate(end);
        endsSoon = true;
      }
      return connection.all(sql);
    },
    end,
  };
}
