import { Worker } from "node:worker_threads";
import { moduleUrl } from "../../kit/module-url.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import { kept } from "../../kit/kept.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import { readsMuch } from "./sqlite-plan.ts";

/** Rows above which a table is large: below, a scan takes less than a few milliseconds. */
const largeTable = 10_000;
/** How long one scan may take, in milliseconds; then its worker is ended, and the next scan starts a new one. */
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

/** What the worker is asked, and what it answers. */
export type ScanRequest = { readonly number: number; readonly sql: SqliteSql };
export type ScanAnswer = { readonly number: number } & ({ readonly rows: SqlValue[][] } | { readonly error: string });

interface Pending {
  readonly resolve: (rows: SqlValue[][]) => void;
  readonly reject: (error: unknown) => void;
}

/** One reader thread, started when the first heavy statement comes. */
export function createScans(connection: Connection, path: string, scanTime = longestScan): Scans {
  /** Of each statement the tables that it reads, if it reads much. */
  const plans = new Map<string, readonly string[]>();
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;

  function fail(error: unknown): void {
    worker = undefined;
    clearTimeout(timer);
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }

  function startWorker(): Worker {
    const started = new Worker(moduleUrl("sqlite-scan-thread", import.meta.url), { workerData: { path } });
    started.unref();
    started.on("message", (answer: ScanAnswer) => {
      // What a worker answers after its end is of nobody's concern, least of all of its successor's time.
      if (worker !== started) return;
      clearTimeout(timer);
      const waiting = pending.get(answer.number);
      pending.delete(answer.number);
      if (pending.size > 0) watch();
      if ("rows" in answer) waiting?.resolve(answer.rows);
      else waiting?.reject(new Error(answer.error));
    });
    started.on("error", (error) => worker === started && fail(error));
    return started;
  }

  /** A statement can't be interrupted, but the thread that runs it can. */
  function watch(): void {
    timer = setTimeout(() => {
      const stuck = worker;
      fail(
        new GalleyError("overloaded", "The query took too long; narrow it, or sort by an indexed field.", {
          headers: { "retry-after": "5" },
        }),
      );
      void stuck?.terminate();
    }, scanTime);
    timer.unref();
  }

  return {
    isHeavy({ text }) {
      const tables = kept(plans, text, mostPlans, () => (readsMuch(connection, text) ? tablesOf(text) : []));
      return tables.some((table) => isLarge(connection, table));
    },
    run(sql) {
      if (pending.size >= mostScans) {
        return Promise.reject(
          new GalleyError("overloaded", "Too many queries read whole collections; ask again shortly.", {
            headers: { "retry-after": "5" },
          }),
        );
      }
      return new Promise((resolve, reject) => {
        worker ??= startWorker();
        const number = ++last;
        pending.set(number, { resolve, reject });
        if (pending.size === 1) watch();
        worker.postMessage({ number, sql } satisfies ScanRequest);
      });
    },
    async close() {
      const ending = worker;
      fail(new Error("The database was closed."));
      await ending?.terminate();
    },
  };
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
