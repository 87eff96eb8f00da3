import type { Change } from "../engine.ts";
import type { FeedSql } from "../sql/sql-feed.ts";
import type { Connection, SqlValue } from "./sqlite-connection.ts";

/** Entries of the change feed that wait to be written together, at the end of the transaction. */
export interface PendingFeed {
  append(change: Change): void;
  /** Where it stands, to come back to it when what follows is taken back. */
  mark(): FeedMark;
  /** Drops what came after a mark, and has yet to write what was written after it. */
  backTo(mark: FeedMark): void;
  /** Writes what waits. */
  flush(): void;
  /** The transaction has ended. */
  clear(): void;
}

/** A place among the entries. */
export interface FeedMark {
  readonly noted: number;
  readonly written: number;
}

/** Most entries of one statement. */
const most = 64;

/** Creates the entries of one connection. */
export function createPendingFeed(connection: Connection, feed: FeedSql<SqlValue>): PendingFeed {
  let changes: Change[] = [];
  let written = 0;
  return {
    append: (change) => void changes.push(change),
    mark: () => ({ noted: changes.length, written }),
    backTo(mark) {
      changes.length = mark.noted;
      written = mark.written;
    },
    flush() {
      while (written < changes.length) {
        // Powers of two, so that there are few statements to prepare.
        const size = Math.min(most, 2 ** Math.floor(Math.log2(changes.length - written)));
        connection.run(feed.append(changes.slice(written, written + size)));
        written += size;
      }
    },
    clear() {
      changes = [];
      written = 0;
    },
  };
}
