import { createBackground } from "../../kit/background.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { moduleUrl } from "../../kit/module-url.ts";
import { kept } from "../../kit/kept.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import { readsMuch } from "./sqlite-plan.ts";

/** Rows above which a table is large: below, a scan takes less than a few milliseconds. */
const largeTable = 10_000;
/** How long one scan may take, in milliseconds; then whoever waits is told, and the next scan has a new thread. */
const longestScan = 30_000;
/** Scans that may wait for each other: beyond, whoever waits has gone. */
const mostScans = 200;
/** Plans that are remembered. */
const mostPlans = 1000;

/** Sends statements that would hold up an event loop to a thread of their own. */
export interface Scans {
  /** Whether the statement reads or sorts a large table as a whole. */
  isHeavy(sql: SqliteSql): boolean;
  /** @throws GalleyError `overloaded` when it takes too long, or too many wait already */
  run(sql: SqliteSql): Promise<SqlValue[][]>;
  close(): Promise<void>;
}

/** A reader thread, started when the first heavy statement comes. */
export function createScans(connection: Connection, path: string, scanTime = longestScan): Scans {
  /** Of each statement the tables that it reads, if it reads much. */
  const plans = new Map<string, readonly string[]>();
  const background = createBackground<SqliteSql, SqlValue[][]>(moduleUrl("sqlite-scan-thread", import.meta.url), path);
  let timer: NodeJS.Timeout | undefined;

  /** Those who wait behind a statement that takes too long have waited for as long. Its thread ends when the statement does. */
  function watch(): void {
    clearTimeout(timer);
    if (background.waiting === 0) return;
    timer = setTimeout(() => void background.end(tooSlow()), scanTime);
    timer.unref();
  }

  return {
    isHeavy({ text }) {
      const tables = kept(plans, text, mostPlans, () => (readsMuch(connection, text) ? tablesOf(text) : []));
      return tables.some((table) => isLarge(connection, table));
    },
    run(sql) {
      if (background.waiting >= mostScans)
        return Promise.reject(refused("Too many queries read whole collections; ask again shortly."));
      const rows = background.run(sql);
      if (background.waiting === 1) watch();
      return rows.finally(watch);
    },
    close() {
      clearTimeout(timer);
      return background.end(new Error("The database was closed."));
    },
  };
}

function tooSlow(): GalleyError {
  return refused("The query took too long; narrow it, or sort by an indexed field.");
}

function refused(message: string): GalleyError {
  return new GalleyError("overloaded", message, { headers: { "retry-after": "5" } });
}

/** The tables that a statement reads. The indexes of words beside them have no rows of their own. */
function tablesOf(text: string): string[] {
  const names = [...text.matchAll(/\b(?:FROM|JOIN) "([^"]+)"/g)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => !name.endsWith("_search"));
}

function isLarge(connection: Connection, table: string): boolean {
  // The highest row number is known without a scan, and is near enough the number of rows.
  const [rows] = connection.first({ text: `SELECT max("_row") FROM ${quote(table)}`, values: [] }) ?? [];
  return Number(rows ?? 0) > largeTable;
}
