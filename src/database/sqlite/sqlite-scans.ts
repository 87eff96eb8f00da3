import { Worker } from "node:worker_threads";
import { moduleUrl } from "../../kit/module-url.ts";
import { GalleyError } from "../../kit/galley-error.ts";
import type { CollectionModel } from "../../schema/model.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";

/** Rows above which a table is large: below, a scan takes less than a few milliseconds. */
const largeTable = 10_000;
/** How long one scan may take; then its worker is ended, and the next scan starts a new one. */
const scanTime = 30_000;
/** Plans that are remembered. */
const mostPlans = 1000;

/** Sends statements that would hold up an event loop to a thread of their own. */
export interface Scans {
  /** Whether the statement reads or sorts a large table as a whole. */
  isHeavy(sql: SqliteSql, collection: CollectionModel): boolean;
  /** @throws GalleyError `overloaded` when it takes too long */
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
export function createScans(connection: Connection, path: string): Scans {
  const scanning = new Map<string, boolean>();
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
    isHeavy(sql, collection) {
      let scans = scanning.get(sql.text);
      if (scans === undefined) {
        scans = planScans(connection, sql);
        if (scanning.size >= mostPlans) scanning.clear();
        scanning.set(sql.text, scans);
      }
      return scans && isLarge(connection, collection);
    },
    run: (sql) =>
      new Promise((resolve, reject) => {
        worker ??= startWorker();
        const number = ++last;
        pending.set(number, { resolve, reject });
        if (pending.size === 1) watch();
        worker.postMessage({ number, sql } satisfies ScanRequest);
      }),
    async close() {
      const ending = worker;
      fail(new Error("The database was closed."));
      await ending?.terminate();
    },
  };
}

/** Whether the plan reads a table from end to end while it looks for matches, or sorts what it found. */
function planScans(connection: Connection, sql: SqliteSql): boolean {
  const plan = connection.all({ text: `EXPLAIN QUERY PLAN ${sql.text}`, values: sql.values });
  const steps = plan.map((columns) => String(columns[3]));
  const sorts = steps.some((step) => step.startsWith("USE TEMP B-TREE"));
  // A walk along an index without conditions ends with the page; one that must test each record may go on to the end.
  const tests = / WHERE (?!1\b)/.test(sql.text);
  const whole =
    sql.text.startsWith("SELECT count(*)") || /\bGROUP BY\b|\bsum\(|\bavg\(|\bmin\(t|\bmax\(/.test(sql.text);
  const scans = steps.some((step) => /^SCAN (t|\S+ t)\b/.test(step) || /^SCAN t\d*\b/.test(step));
  return sorts || (scans && (tests || whole)) || whole;
}

function isLarge(connection: Connection, collection: CollectionModel): boolean {
  // The highest row number is known without a scan, and is near enough the number of rows.
  const [rows] = connection.first({ text: `SELECT max("_row") FROM ${quote(collection.name)}`, values: [] }) ?? [];
  return Number(rows ?? 0) > largeTable;
}
