import { parentPort } from "node:worker_threads";
import { loadBackend } from "./load-backend.ts";
import { warmTypes } from "./warm-types.ts";
import type { Order, Preload, Report } from "./thread-messages.ts";

/**
 * What this thread is started with. Until then it has nothing to do but to load its modules, and those of the application where
 * it is told early which they are.
 */
export function threadData<T extends object>(): Promise<T> {
  return new Promise((settle) => {
    parentPort?.on("message", function told(message: T | Preload) {
      if (!("preload" in message)) {
        parentPort?.off("message", told);
        settle(message);
        return;
      }
      // What is wrong with it is said where it is used.
      (message.preload === undefined ? warmTypes() : loadBackend(message.preload)).catch(() => undefined);
    });
  });
}

/** Tells the main thread. */
export function report(message: Report): void {
  parentPort?.postMessage(message);
}

/** Does what the main thread says from now on. */
export function followOrders(stop: (milliseconds: number) => Promise<void>): void {
  parentPort?.on("message", (order: Order) => {
    if ("ping" in order) report({ pong: true });
    else void stop(order.stop);
  });
}
