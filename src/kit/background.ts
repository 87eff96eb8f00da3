import { Worker } from "node:worker_threads";
import type { Reply } from "./background-thread.ts";

/**
 * Work that keeps a processor for long, done in a thread that gives way to those that answer requests. What is asked for, and what it
 * is answered with, is plain data.
 */
export interface Background<Request, Answer> {
  /** Does it after what came before. @throws Error what the work failed with */
  readonly run: (request: Request) => Promise<Answer>;
  /** How much is under way or waits. */
  readonly waiting: number;
  /** Tells everyone who waits why, and ends the thread; whatever comes after that finds a new one. */
  end(reason: Error): Promise<void>;
}

interface Job<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a thread when there is something to do.
 *
 * @param module what the thread runs: it calls `serveBackground`
 * @param data given to it
 */
export function createBackground<Request, Answer>(module: URL, data?: unknown): Background<Request, Answer> {
  /** In the order in which they were asked for, which is that of the answers. */
  let jobs: Job<Answer>[] = [];
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(module, { workerData: data });
    // What a thread says after its end is of nobody's concern, least of all of its successor's.
    started.on("message", (reply: Reply<Answer>) => {
      if (worker !== started) return;
      const job = jobs.shift();
      // Nobody is kept from ending by a thread that has nothing to do.
      if (jobs.length === 0) started.unref();
      if ("answer" in reply) job?.resolve(reply.answer);
      else job?.reject(reply.error);
    });
    started.on("error", (error: unknown) => {
      if (worker === started) letGo(error instanceof Error ? error : new Error(String(error)));
    });
    return started;
  }

  function letGo(reason: Error): void {
    const all = jobs;
    jobs = [];
    worker = undefined;
    for (const { reject } of all) reject(reason);
  }

  return {
    run: (request) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        worker.ref();
        worker.postMessage(request);
        jobs.push({ resolve, reject });
      }),
    get waiting() {
      return jobs.length;
    },
    async end(reason) {
      const ending = worker;
      letGo(reason);
      await ending?.terminate();
    },
  };
}
