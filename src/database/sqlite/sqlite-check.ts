import { quote } from "../sql/sql-dialect.ts";
import { openConnection } from "./sqlite-connection.ts";
import { readSqlite } from "./sqlite-schema.ts";

/** What was found in a database file. */
export interface SqliteCheck {
  /** What SQLite says of pages and indexes, one line each; none when all is sound. */
  readonly damage: readonly string[];
  /** References that lead nowhere, one line for each kind. */
  readonly dangling: readonly string[];
}

/** Lines of one kind that are shown: a file that is broken is broken in many places. */
const mostLines = 10;

/** Reads a whole database file, its indexes and references. @throws Error when it can't be opened as a database */
export function checkSqlite(path: string): SqliteCheck {
  // The last connection to close folds the log into the file, which only one that may write can do.
  const connection = openConnection({ path, readOnly: false });
  const all = (text: string): unknown[][] => connection.all({ text, values: [] });
  try {
    const damage = all(`PRAGMA integrity_check(${mostLines})`).map(([line]) => String(line));
    if (damage.join() !== "ok") return { damage, dangling: [] };
    const counts = new Map<string, number>();
    for (const [table, , target] of all("PRAGMA foreign_key_check")) {
      const kind = `${String(table)} to ${String(target)}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return {
      damage: [],
      dangling: [...counts].map(([kind, count]) => `references from ${kind} that lead nowhere: ${count}`),
    };
  } catch (error) {
    // A page that makes no sense stops the reading of the schema, too.
    return { damage: [error instanceof Error ? error.message : String(error)], dangling: [] };
  } finally {
    connection.close();
  }
}

/** How many records each collection of a database file has, those that Galley keeps for itself among them. */
export function countSqlite(path: string): Record<string, number> {
  const connection = openConnection({ path, readOnly: true });
  try {
    const names = [...readSqlite(connection).schema.tables.map(({ name }) => name), "_changes"];
    return Object.fromEntries(
      names.map((name) => {
        const [count] = connection.first({ text: `SELECT count(*) FROM ${quote(name)}`, values: [] }) ?? [];
        return [name, Number(count)];
      }),
    );
  } finally {
    connection.close();
  }
}

/** How many entries the change feed of a database file has, and when the last one was written. */
export function readFeedOfSqlite(path: string): { readonly entries: number; readonly newest: string | undefined } {
  const connection = openConnection({ path, readOnly: true });
  const first = (text: string): unknown => connection.first({ text, values: [] })?.[0];
  try {
    if (first(`SELECT 1 FROM sqlite_master WHERE name = '_changes'`) === undefined)
      return { entries: 0, newest: undefined };
    const newest = first(`SELECT "at" FROM "_changes" ORDER BY "sequence" DESC LIMIT 1`);
    return {
      entries: Number(first(`SELECT count(*) FROM "_changes"`)),
      newest: typeof newest === "string" ? newest : undefined,
    };
  } finally {
    connection.close();
  }
}
