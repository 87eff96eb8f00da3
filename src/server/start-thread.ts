import { Worker } from "node:worker_threads";
import { moduleUrl } from "../kit/module-url.ts";
import type { Bootstrapped } from "../operations/bootstrap.ts";
import type { HttpData, Order, Report, WriterData } from "./thread-messages.ts";

/** A thread of the server. */
export interface Thread {
  readonly ready: Promise<Bootstrapped | null>;
  readonly failed: Promise<Error>;
  stop(milliseconds: number): Promise<number>;
  end(): Promise<unknown>;
}

/** Starts a thread. What it reports settles the promises; a thread that ends by itself has failed. */
export function startThread(
  module: string,
  workerData: WriterData | HttpData,
  transferList: WriterData["ports"],
): Thread {
  const worker = new Worker(moduleUrl(module, import.meta.url), { workerData, transferList: [...transferList] });
  const ready = Promise.withResolvers<Bootstrapped | null>();
  const stopped = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  let stopping = false;
  const fail = (error: Error): void => {
    ready.reject(error);
    stopped.resolve(0);
    if (!stopping) failed.resolve(error);
  };
  worker.on("message", (report: Report) => {
    if ("ready" in report) ready.resolve(report.ready);
    else if ("stopped" in report) stopped.resolve(report.stopped);
    else fail(new Error(report.failed));
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", (code) => fail(new Error(`A thread of the server ended with code ${code}.`)));
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
