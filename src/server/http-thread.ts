import { parentPort } from "node:worker_threads";
import { createHashBeside } from "../auth/hash-beside.ts";
import { createPasswordHasher } from "../auth/password-hasher.ts";
import { assemble } from "../operations/assemble.ts";
import { answerRequests } from "./answer-requests.ts";
import { loadBackend } from "./load-backend.ts";
import { createLogger } from "./logger.ts";
import { reportFailures } from "./report-failures.ts";
import { followOrders, report, threadData } from "./thread-data.ts";
import type { HttpData } from "./thread-messages.ts";

// One of the threads that answer requests; the kernel shares the port's connections out among them.
const data = await threadData<HttpData>();
const log = createLogger({ level: data.configuration.logLevel, fields: { thread: data.metrics.lane } });

reportFailures(log);
try {
  const assembly = assemble(await loadBackend(data.file), createPasswordHasher(undefined, createHashBeside()));
  const answering = await answerRequests({ ...data, assembly, log });
  const stop = async (milliseconds: number): Promise<void> => {
    const cut = await answering.close(milliseconds);
    log.flush();
    report({ stopped: cut });
    parentPort?.close();
  };
  followOrders(stop);
  report({ ready: null });
} catch (error) {
  log.flush();
  report({ failed: error instanceof Error ? error.message : String(error) });
}
