import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority } from "./lower-priority.ts";

/** What came of a work. */
export type Reply<Answer> = { readonly answer: Answer } | { readonly error: Error };

/**
 * Does in this thread what a `Background` is asked for, one after the other.
 *
 * @param prepare makes what does it, from what the `Background` was created with
 */
export function serveBackground<Data, Request, Answer>(prepare: (data: Data) => (request: Request) => Answer): void {
  lowerPriority();
  const work = prepare(workerData as Data);
  parentPort?.on("message", (request: Request) => {
    let reply: Reply<Answer>;
    try {
      reply = { answer: work(request) };
    } catch (error) {
      // Some errors hold what can't cross to another thread.
      reply = { error: new Error(error instanceof Error ? error.message : String(error)) };
    }
    parentPort?.postMessage(reply);
  });
}
