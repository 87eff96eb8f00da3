import { Worker } from "node:worker_threads";
import type { BackgroundData, Reply } from "./background-thread.ts";
import { type Manner, ranFor } from "./give-way.ts";

/** After how long it is looked whether work gets a processor, in milliseconds. */
const period = 250;
/** The share of one that it should have by then. */
const leastShare = 0.1;

/**
 * Work that keeps a processor for long, done in a thread that gives way to those that answer requests. What is asked for, and what it
 * is answered with, is plain data.
 */
export interface Background<Request, Answer> {
  /** Does it after what came before. @throws Error what the work failed with */
  readonly run: (request: Request) => Promise<Answer>;
  /** How much is under way or waits. */
  readonly waiting: number;
  /** Tells everyone who waits why, and ends the threads; whatever comes after that finds new ones. */
  end(reason: Error): Promise<void>;
}

interface Job<Request, Answer> {
  readonly request: Request;
  readonly settle: (reply: Reply<Answer>) => void;
  settled: boolean;
}

/**
 * Starts a thread when there is something to do, which has a tenth of a processor where others need it. A patient one has only what
 * nobody else wants; when that is next to nothing, a second thread, which insists on its tenth, does what the first doesn't come
 * to, and what it is stuck in. It stays stuck for as long as it gets nothing, so patience is for work that holds nothing others need.
 *
 * @param module what the threads run: it calls `serveBackground`
 * @param options.data given to it
 */
export function createBackground<Request, Answer>(
  module: URL,
  { data, patient = false }: { readonly data?: unknown; readonly patient?: boolean } = {},
): Background<Request, Answer> {
  type Task = Job<Request, Answer>;
  const queue: Task[] = [];
  const pending = new Set<Task>();
  const first = createLane(patient ? "idle" : "low");
  const second = createLane("low");
  let starved = false;
  let watch: NodeJS.Timeout | undefined;

  /** One thread, which does one thing at a time. */
  function createLane(manner: Manner) {
    let worker: Worker | undefined;
    const lane = {
      job: undefined as Task | undefined,
      /** What has to be looked after, once the thread has said so; null when it needs nobody to. */
      thread: undefined as string | null | undefined,
      take(job: Task): void {
        lane.job = job;
        worker ??= start();
        // Nobody is kept from ending by a thread that has nothing to do.
        worker.ref();
        worker.postMessage(job.request);
      },
      async end(): Promise<void> {
        const ending = worker;
        worker = lane.job = lane.thread = undefined;
        await ending?.terminate();
      },
    };

    function start(): Worker {
      const started = new Worker(module, { workerData: { manner, data } satisfies BackgroundData });
      const done = (reply: Reply<Answer> | undefined): void => {
        const job = lane.job;
        lane.job = undefined;
        started.unref();
        if (lane === first) starved = false;
        if (reply !== undefined) job?.settle(reply);
        next();
      };
      // What a thread says after its end is of nobody's concern, least of all of its successor's.
      started.on("message", (said: Reply<Answer> | { readonly thread: string | null }) => {
        if (worker !== started) return;
        if ("thread" in said) lane.thread = said.thread;
        else done(said);
      });
      started.on("error", (error: unknown) => {
        if (worker !== started) return;
        worker = lane.thread = undefined;
        const other = lane === first ? second : first;
        // What both were at is left to the other.
        const alone = lane.job !== other.job;
        done(alone ? { error: error instanceof Error ? error : new Error(String(error)) } : undefined);
      });
      return started;
    }

    return lane;
  }

  function next(): void {
    if (first.job === undefined) {
      const job = queue.shift();
      if (job !== undefined) {
        first.take(job);
        look();
      }
    }
    if (starved && second.job === undefined) {
      const job = first.job?.settled === false ? first.job : queue.shift();
      if (job !== undefined) second.take(job);
    }
  }

  /** Looks after what the patient thread does for as long as it does the same. */
  function look(): void {
    clearTimeout(watch);
    const { job, thread } = first;
    if (!patient || thread === null) return;
    const ran = (): number => (typeof first.thread === "string" ? (ranFor(first.thread) ?? 0) : 0);
    const before = ran();
    watch = setTimeout(() => {
      if (first.job !== job || first.thread === null) return;
      starved = ran() - before < period * leastShare;
      next();
      look();
    }, period);
    watch.unref();
  }

  return {
    run: (request) =>
      new Promise((resolve, reject) => {
        const job: Task = {
          request,
          settled: false,
          settle(reply) {
            job.settled = true;
            pending.delete(job);
            if ("answer" in reply) resolve(reply.answer);
            else reject(reply.error);
          },
        };
        pending.add(job);
        queue.push(job);
        next();
      }),
    get waiting() {
      return pending.size;
    },
    async end(reason) {
      clearTimeout(watch);
      starved = false;
      queue.length = 0;
      for (const job of pending) job.settle({ error: reason });
      await Promise.all([first.end(), second.end()]);
    },
  };
}
