import { Worker } from "node:worker_threads";
import { moduleUrl } from "../../kit/module-url.ts";
import { type Connection, pagesBetweenCheckpoints, type SqliteSql } from "./sqlite-connection.ts";

/**
 * The part of a long log that the writer carries over itself, 1,000 pages at first: flushed in a moment. Where it writes faster than
 * the disk takes it, less than that is never left, and as the log grows the writer takes more upon itself.
 */
const writersPart = 1 / 20;

/** How many pages are in the log, and how many of them have been carried over, without doing anything. */
const progress: SqliteSql = { text: "PRAGMA wal_checkpoint(NOOP)", values: [] };
/** Carries over what it can without waiting for anyone. */
export const carryOver: SqliteSql = { text: "PRAGMA wal_checkpoint(PASSIVE)", values: [] };

/** Carries what was committed over from the log into the database file. */
export interface Checkpoints {
  /** To be called between transactions; never throws. */
  advance(): void;
  close(): Promise<void>;
}

/** The pages in the log, and those that have been carried over. */
export function progressOf(connection: Connection): { readonly log: number; readonly carried: number } {
  const [, log, carried] = connection.first(progress) ?? [];
  return { log: Number(log), carried: Number(carried) };
}

/**
 * Checkpoints in a thread beside the one that writes, which would stand still for as long as the disk takes for pages from all
 * over the file. The log begins anew only when nothing is left in it, and beside someone who writes something always is: the
 * last few pages are the writer's own to carry over. The thread is started when there is something to do for it.
 *
 * @param connection the one that writes
 * @param path the database file
 * @param pages in the log for which the thread is asked; from twice as many on, the log begins anew as soon as it can
 */
export function createCheckpoints(
  connection: Connection,
  path: string,
  pages: number = pagesBetweenCheckpoints,
): Checkpoints {
  let worker: Worker | undefined;
  let ended: Promise<void> | undefined;
  let busy = false;
  let broken = false;
  /** How long the log was when the thread was asked last. */
  let asked = 0;
  /** Whether the thread has been at it since the writer was: what is left is of the last moments. */
  let prepared = false;
  connection.execute("PRAGMA wal_autocheckpoint = 0");

  /** Then it is done as SQLite does it by itself, whom a disk that is full keeps from nothing else. */
  function leave(): void {
    if (broken) return;
    broken = true;
    connection.execute(`PRAGMA wal_autocheckpoint = ${pagesBetweenCheckpoints}`);
  }

  function ask(log: number): void {
    busy = true;
    asked = log;
    worker ??= startWorker();
    worker.postMessage("carry over");
  }

  function startWorker(): Worker {
    const started = new Worker(moduleUrl("sqlite-checkpoint-thread", import.meta.url), { workerData: { path } });
    started.unref();
    started.on("message", () => {
      busy = false;
      prepared = true;
    });
    started.on("error", leave);
    ended = new Promise((resolve) => started.once("exit", () => resolve()));
    return started;
  }

  function goOn(): void {
    const { log, carried } = progressOf(connection);
    const left = log - carried;
    const long = log >= 2 * pages;
    const few = long ? log * writersPart : pages;
    // It has begun anew.
    if (log < asked) asked = 0;
    if (long && left < few && prepared) {
      prepared = false;
      connection.run(carryOver);
    }
    // Someone who reads for long may keep it from being carried over: that is tried again when there is more.
    else if (left >= few && log - asked >= few) ask(log);
  }

  return {
    advance() {
      if (busy || broken) return;
      try {
        goOn();
      } catch {
        // What is in the log is stored: those who wait to write must not be kept from it, and are told themselves if they are.
        leave();
      }
    },
    async close() {
      worker?.ref();
      worker?.postMessage("end");
      await ended;
    },
  };
}
