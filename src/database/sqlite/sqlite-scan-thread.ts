import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority } from "../../kit/lower-priority.ts";
import { openConnection } from "./sqlite-connection.ts";
import type { ScanAnswer, ScanRequest } from "./sqlite-scans.ts";

// A thread for statements that read a large table as a whole: it may block, nobody else waits on its loop.
lowerPriority();
const { path } = workerData as { readonly path: string };
const connection = openConnection({ path, readOnly: true });

parentPort?.on("message", ({ number, sql }: ScanRequest) => {
  let answer: ScanAnswer;
  try {
    answer = { number, rows: connection.all(sql) };
  } catch (error) {
    answer = { number, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
