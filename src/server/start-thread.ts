import { Worker } from "node:worker_threads";
import { moduleUrl } from "../kit/module-url.ts";
import type { Bootstrapped } from "../operations/bootstrap.ts";
import { type Watch, watchTurns } from "./watch-turns.ts";
import type { HttpData, Order, Preload, Report, WriterData } from "./thread-messages.ts";

/** A thread of the server. */
export interface Thread {
  readonly ready: Promise<Bootstrapped | null>;
  readonly failed: Promise<Error>;
  stop(milliseconds: number): Promise<number>;
  end(): Promise<unknown>;
}

/** A thread whose modules are loaded, and which waits for what it is to do. */
export interface PreparedThread {
  /** Has it load the definition's module, absolute, while others do; without one, what all modules with types need. */
  preload(file?: string): void;
  /** @param patience microseconds of processor time that it may spend without a pause; 20 s unless told otherwise */
  begin(data: WriterData | HttpData, transferList: WriterData["ports"], patience?: number): Thread;
  end(): Promise<unknown>;
}

/** In microseconds of processor time. */
const longestTurn = 20_000_000;

/** Starts a thread that waits until it is told to begin. */
export function prepareThread(module: string): PreparedThread {
  const worker = new Worker(moduleUrl(module, import.meta.url));
  return {
    preload: (file) => worker.postMessage({ preload: file } satisfies Preload),
    begin: (data, transferList, patience = longestTurn) => beginThread(worker, data, transferList, patience),
    end: () => worker.terminate(),
  };
}

/**
 * Has a thread begin. What it reports settles the promises. A thread that ends by itself has failed, and so has one that takes no
 * turns any more, which is ended.
 */
function beginThread(
  worker: Worker,
  data: WriterData | HttpData,
  transferList: WriterData["ports"],
  patience: number,
): Thread {
  const ready = Promise.withResolvers<Bootstrapped | null>();
  const stopped = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  let stopping = false;
  let watch: Watch | undefined;
  const fail = (error: Error): void => {
    ready.reject(error);
    stopped.resolve(0);
    if (!stopping) failed.resolve(error);
  };
  const begun = (bootstrapped: Bootstrapped | null): void => {
    ready.resolve(bootstrapped);
    watch = watchTurns(worker, { patience }, (where) => {
      fail(new Error(`It has computed for ${patience / 1e6} s without a pause, in ${where}: does that never end?`));
      void worker.terminate();
    });
  };
  worker.on("message", (report: Report) => {
    if ("pong" in report) watch?.answered();
    else if ("ready" in report) begun(report.ready);
    else if ("stopped" in report) stopped.resolve(report.stopped);
    else fail(new Error(report.failed));
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", (code) => {
    watch?.end();
    fail(new Error(`A thread of the server ended with code ${code}.`));
  });
  worker.postMessage(data, [...transferList]);
  return {
    ready: ready.promise,
    failed: failed.promise,
    stop(milliseconds) {
      stopping = true;
      worker.postMessage({ stop: milliseconds } satisfies Order);
      return stopped.promise;
    },
    end() {
      stopping = true;
      return worker.terminate();
    },
  };
}
