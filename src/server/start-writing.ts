import { MessageChannel, type MessagePort } from "node:worker_threads";
import { commitCountBuffer } from "../database/sqlite/commit-count.ts";
import { systemClock } from "../kit/clock.ts";
import type { Logger } from "../kit/logger.ts";
import type { Assembly } from "../operations/assemble.ts";
import { bootstrap, type Bootstrapped, type FirstAdministrator } from "../operations/bootstrap.ts";
import { openEngine } from "./open-engine.ts";
import type { Configuration } from "./settings.ts";
import { type PreparedThread, prepareThread } from "./start-thread.ts";

/** A thread that has computed for so many times as long as a transaction may take is in one that never ends. */
const tooManyTimes = 10;

/** The side that writes, once the database is ready. */
export interface Writing {
  readonly bootstrapped: Bootstrapped;
  /** A channel for each thread that answers requests; none where it writes itself. */
  readonly ports: readonly (MessagePort | undefined)[];
  /** Where its commits are counted; undefined where it writes itself. */
  readonly commits: SharedArrayBuffer | undefined;
  /** Settles when it has ended by itself. */
  readonly failed: Promise<Error>;
  stop(): Promise<unknown>;
  end(): Promise<unknown>;
}

/**
 * Makes the database ready and starts what writes: on SQLite one thread, beside the data; on a server nothing, because there
 * every thread writes for itself.
 *
 * @param prepared the thread that writes, where it waits already
 * @throws Error with one clear message when the database can't be used
 */
export async function startWriting(
  file: string,
  assembly: Assembly,
  configuration: Configuration,
  threads: number,
  log: Logger,
  prepared: PreparedThread | undefined,
): Promise<Writing> {
  const { database, logLevel } = configuration;
  const { transactionTime = 2000 } = assembly.backend.limits;
  const administrator: FirstAdministrator = { email: configuration.adminEmail, password: configuration.adminPassword };
  if (database.engine === "postgres") {
    await prepared?.end();
    const engine = openEngine(assembly, database, { access: "readWrite", scanThread: false, connections: 2 });
    try {
      const bootstrapped = await bootstrap(assembly, engine, administrator, log, systemClock);
      const nothing = (): Promise<void> => Promise.resolve();
      const never = new Promise<Error>(() => undefined);
      return {
        bootstrapped,
        ports: Array.from({ length: threads }, () => undefined),
        commits: undefined,
        failed: never,
        stop: nothing,
        end: nothing,
      };
    } finally {
      await engine.close();
    }
  }
  const channels = Array.from({ length: threads }, () => new MessageChannel());
  const ports = channels.map(({ port1 }) => port1);
  const commits = commitCountBuffer(assembly.model);
  const thread = (prepared ?? prepareThread("writer-thread")).begin(
    { file, databaseFile: database.file, logLevel, administrator, ports, commits },
    ports,
    transactionTime * tooManyTimes * 1000,
  );
  try {
    const bootstrapped = await thread.ready;
    if (bootstrapped === null) throw new Error("The thread that writes did not say what it found.");
    return {
      bootstrapped,
      ports: channels.map(({ port2 }) => port2),
      commits,
      failed: thread.failed,
      stop: () => thread.stop(0),
      end: () => thread.end(),
    };
  } catch (error) {
    await thread.end();
    throw error;
  }
}
