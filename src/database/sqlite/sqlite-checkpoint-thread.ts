import { parentPort, workerData } from "node:worker_threads";
import { carryOver, progressOf } from "./sqlite-checkpoints.ts";
import { openConnection } from "./sqlite-connection.ts";

// A thread that carries the log over into the database file, and waits for the disk so that the one that writes doesn't.
const { path } = workerData as { readonly path: string };
const connection = openConnection({ path, readOnly: false });

/**
 * SQLite flushes the file only when nothing was added to the log since it began to carry over: then nothing is left to do. A
 * second time is short, and finds a moment between two commits.
 */
const mostTimes = 3;

parentPort?.on("message", (order: "carry over" | "end") => {
  if (order === "end") {
    connection.close();
    parentPort?.close();
    return;
  }
  for (let times = 0; times < mostTimes; times++) {
    connection.run(carryOver);
    const { log, carried } = progressOf(connection);
    if (log === carried) break;
  }
  parentPort?.postMessage("done");
});
