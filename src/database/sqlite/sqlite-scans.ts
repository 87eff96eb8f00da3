import { createBackground } from "../../kit/background.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { moduleUrl } from "../../kit/module-url.ts";
import { kept } from "../../kit/kept.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import { looksInto, readsMuch, readsOne } from "./sqlite-plan.ts";

/** Rows above which a table is large: below, a scan that compares few columns takes less than a few milliseconds. */
const largeTable = 10_000;
/** Values that are compared with for which that holds. */
const fewValues = 4;
/** For how many of them a look into a text or JSON counts: the 10 kB that either may have without being told take as long. */
const looksAreWorth = 400;
/** How long one scan may take, in milliseconds; then whoever waits is told, and the next scan has a new thread. */
const longestScan = 30_000;
/** Scans that may wait for each other: beyond, whoever waits has gone. */
const mostScans = 200;
/** Plans that are remembered. */
const mostPlans = 1000;

/** The tables that a statement may read much of, and for how many comparisons of a column its work on each row counts. */
interface Reading {
  readonly tables: readonly string[];
  readonly work: number;
}

/** Sends statements that would hold up an event loop to a thread of their own. */
export interface Scans {
  /** Whether the statement reads or sorts much as a whole: many rows, or fewer and what is long in them. */
  isHeavy(sql: SqliteSql): boolean;
  /** @throws GalleyError `overloaded` when it takes too long, or too many wait already */
  run(sql: SqliteSql): Promise<SqlValue[][]>;
  close(): Promise<void>;
}

/** A reader thread, started when the first heavy statement comes. */
export function createScans(connection: Connection, path: string, scanTime = longestScan): Scans {
  const plans = new Map<string, Reading>();
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
      const { tables, work } = kept(plans, text, mostPlans, () => readingOf(connection, text));
      return tables.some((table) => rowsOf(connection, table) * work > largeTable);
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

/** What a statement reads, as far as it may be much. */
function readingOf(connection: Connection, text: string): Reading {
  const looks = countOf(text, looksInto);
  if (!readsMuch(connection, text) && (looks === 0 || readsOne(connection, text))) return { tables: [], work: 0 };
  const values = countOf(text, parameters) + looks * looksAreWorth;
  return { tables: tablesOf(text), work: Math.max(1, values / fewValues) };
}

const parameters = /\?/g;

function countOf(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}

function rowsOf(connection: Connection, table: string): number {
  // The highest row number is known without a scan, and is near enough the number of rows.
  const [rows] = connection.first({ text: `SELECT max("_row") FROM ${quote(table)}`, values: [] }) ?? [];
  return Number(rows ?? 0);
}
