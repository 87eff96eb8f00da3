import { type Connection, mostMapped, type SqliteSql, type SqlValue } from "./sqlite-connection.ts";

/** Changes when another connection has committed, one of another program too. */
const version: SqliteSql = { text: "PRAGMA data_version", values: [] };

/** Milliseconds without a commit of others after which the file is mapped again. */
const calm = 1000;
/** Milliseconds between two looks for commits that nobody tells of. */
const lookEvery = 50;

/** Whether a connection maps its file. */
export interface FileMap {
  /** To be called before a transaction. */
  fit(): void;
  /** To be called within one, where to look for commits of others takes no lock of its own; what is found holds for the next. */
  look(): void;
  /** Tells that another connection has committed. */
  changed(): void;
}

/**
 * Has a connection map its file while nobody else writes to it. At the first transaction after a commit of another connection SQLite
 * gives the whole map up, which takes milliseconds, and each page of the new one is a fault: with some commits a second, to read
 * through the cache costs less.
 */
export function createFileMap(
  connection: Pick<Connection, "first" | "execute">,
  clock: () => number = () => performance.now(),
): FileMap {
  let isMapped = true;
  let changedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let found: SqlValue | undefined;

  return {
    fit() {
      const fits = clock() - changedAt > calm;
      if (fits === isMapped) return;
      isMapped = fits;
      connection.execute(`PRAGMA mmap_size = ${fits ? mostMapped : 0}`);
    },
    look() {
      const now = clock();
      if (now - lookedAt < lookEvery) return;
      lookedAt = now;
      const [current] = connection.first(version) ?? [];
      if (found !== undefined && current !== found) changedAt = now;
      found = current;
    },
    changed() {
      changedAt = clock();
    },
  };
}
