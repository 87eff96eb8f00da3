import { parentPort } from "node:worker_threads";
import { createSqliteEngine } from "../database/sqlite/sqlite-engine.ts";
import { systemClock } from "../kit/clock.ts";
import { assemble } from "../operations/assemble.ts";
import { bootstrap } from "../operations/bootstrap.ts";
import { createPerformer } from "../operations/performer.ts";
import { serveCommands } from "./command-channel.ts";
import { loadBackend } from "./load-backend.ts";
import { createLogger } from "./logger.ts";
import { reportFailures } from "./report-failures.ts";
import { followOrders, report, threadData } from "./thread-data.ts";
import type { WriterData } from "./thread-messages.ts";

// The one thread that writes. The definition is loaded here too, so that actions and hooks run beside the data.
const { file, databaseFile, logLevel, administrator, ports, commits } = await threadData<WriterData>();
const log = createLogger({ level: logLevel, fields: { thread: "writer" } });

reportFailures(log);
try {
  const assembly = assemble(await loadBackend(file));
  const engine = createSqliteEngine(assembly.model, {
    path: databaseFile,
    access: "readWrite",
    scanThread: false,
    checkpointThread: true,
    transactionTime: assembly.backend.limits.transactionTime ?? 2000,
    commits,
  });
  const bootstrapped = await bootstrap(assembly, engine, administrator, log, systemClock);
  const performer = createPerformer({ ...assembly, engine, log });
  for (const port of ports) serveCommands(port, performer);
  const stop = async (): Promise<void> => {
    await engine.close();
    log.flush();
    report({ stopped: 0 });
    parentPort?.close();
    for (const port of ports) port.close();
  };
  followOrders(stop);
  report({ ready: bootstrapped });
} catch (error) {
  log.flush();
  report({ failed: error instanceof Error ? error.message : String(error) });
}
