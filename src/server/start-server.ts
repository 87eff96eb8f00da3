import { dirname } from "node:path";
import { createHashBeside } from "../auth/hash-beside.ts";
import { createPasswordHasher } from "../auth/password-hasher.ts";
import { assemble } from "../operations/assemble.ts";
import type { Bootstrapped } from "../operations/bootstrap.ts";
import { answerRequests } from "./answer-requests.ts";
import { checkFolder } from "./check-folder.ts";
import { checkPort } from "./check-port.ts";
import { followMigrations } from "./follow-migrations.ts";
import { loadBackend } from "./load-backend.ts";
import type { ServerLogger } from "./logger.ts";
import { reportFailures } from "./report-failures.ts";
import type { Configuration } from "./settings.ts";
import { type PreparedThread, prepareThread, type Thread } from "./start-thread.ts";
import { startWriting } from "./start-writing.ts";
import type { HttpData } from "./thread-messages.ts";
import { tuneCollector } from "./tune-collector.ts";

/** A server that runs. */
export interface RunningServer {
  /** The name that the definition gives. */
  readonly name: string;
  readonly port: number;
  readonly threads: number;
  /** What was done to the database at start. */
  readonly bootstrapped: Bootstrapped;
  /** Settles when a thread has ended by itself: the process had better end too. */
  readonly failed: Promise<Error>;
  /**
   * Stops: accepts nothing new, answers what is under way, writes out what was acknowledged.
   * @returns how many requests were cut off
   */
  close(): Promise<number>;
}

/** What a server finds that takes over from another version of itself. */
export interface Succession {
  /** The thread that writes, which waits already. */
  readonly writer?: PreparedThread;
  /** Whether somebody else holds the port for all versions, and has made sure that it is free. */
  readonly sharesPort?: boolean;
}

/**
 * Starts the server: one thread that writes, and as many as configured that answer requests, this one among them.
 *
 * @param file absolute path of the module whose default export is the definition
 * @throws Error with one clear message when the definition, the database or the port can't be used
 */
export async function startServer(
  file: string,
  configuration: Configuration,
  log: ServerLogger,
  { writer: waiting, sharesPort = false }: Succession = {},
): Promise<RunningServer> {
  tuneCollector();
  reportFailures(log);
  // Only Linux and some BSDs share a port out among sockets.
  const threads = process.platform === "linux" ? configuration.threads : 1;
  // They load what they need while this thread does, and not after it.
  const writer = waiting ?? (configuration.database.engine === "sqlite" ? prepareThread("writer-thread") : undefined);
  const others = Array.from({ length: threads - 1 }, () => prepareThread("http-thread"));
  const all = writer === undefined ? others : [writer, ...others];
  for (const thread of all) thread.preload(file);
  try {
    return await startAll(file, configuration, log, { writer, others, sharesPort });
  } catch (error) {
    await Promise.all(all.map((thread) => thread.end()));
    throw error;
  }
}

/** The threads of a server, which wait for what they are to do. */
interface Waiting {
  readonly writer: PreparedThread | undefined;
  readonly others: readonly PreparedThread[];
  readonly sharesPort: boolean;
}

async function startAll(
  file: string,
  configuration: Configuration,
  log: ServerLogger,
  { writer, others, sharesPort }: Waiting,
): Promise<RunningServer> {
  const threads = others.length + 1;
  const assembly = assemble(await loadBackend(file), createPasswordHasher(undefined, createHashBeside()));
  // Before anything is stored: a password that is made now must be shown, and who can't listen shows nothing.
  if (!sharesPort) await checkPort(configuration.port, configuration.host);
  if (configuration.database.engine === "sqlite") checkFolder(dirname(configuration.database.file));
  await followMigrations(file, assembly.model, configuration, log);
  const writing = await startWriting(file, assembly, configuration, threads, log, writer);
  try {
    const [own, ...rest] = writing.ports;
    const answering = await answerRequests({
      assembly,
      configuration,
      threads,
      port: own,
      listenOn: configuration.port,
      log,
      commits: writing.commits,
      metrics: { lanes: threads, lane: 0 },
    });
    const answerers = others.map((thread, index): Thread => {
      const port = rest[index];
      const metrics = { lanes: threads, lane: index + 1, buffer: answering.metrics };
      const data: HttpData = {
        file,
        configuration,
        threads,
        port,
        listenOn: answering.port,
        limiter: answering.limiter,
        commits: writing.commits,
        metrics,
      };
      return thread.begin(data, port === undefined ? [] : [port]);
    });
    await Promise.all(answerers.map(({ ready }) => ready));
    return {
      name: assembly.backend.name,
      port: answering.port,
      threads,
      bootstrapped: writing.bootstrapped,
      failed: Promise.race([writing.failed, ...answerers.map(({ failed }) => failed)]),
      async close() {
        const milliseconds = configuration.shutdownSeconds * 1000;
        const cut = await Promise.all([
          answering.close(milliseconds),
          ...answerers.map((thread) => thread.stop(milliseconds)),
        ]);
        // The writer goes last: until then somebody may wait for it.
        await writing.stop();
        log.flush();
        return cut.reduce((sum, one) => sum + one, 0);
      },
    };
  } catch (error) {
    await writing.end();
    throw error;
  }
}
