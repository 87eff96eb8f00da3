import { dirname } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { assemble } from "../operations/assemble.ts";
import type { Bootstrapped } from "../operations/bootstrap.ts";
import { answerRequests } from "./answer-requests.ts";
import { checkFolder } from "./check-folder.ts";
import { checkPort } from "./check-port.ts";
import { loadBackend } from "./load-backend.ts";
import type { ServerLogger } from "./logger.ts";
import { reportFailures } from "./report-failures.ts";
import type { Configuration } from "./settings.ts";
import type { HttpData, Order, Report, WriterData } from "./thread-messages.ts";

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
): Promise<RunningServer> {
  reportFailures(log);
  const assembly = assemble(await loadBackend(file));
  // Only Linux and some BSDs share a port out among sockets.
  const threads = process.platform === "linux" ? configuration.threads : 1;
  // Before anything is stored: a password that is made now must be shown, and who can't listen shows nothing.
  await checkPort(configuration.port, configuration.host);
  checkFolder(dirname(configuration.database.file));
  const channels = Array.from({ length: threads }, () => new MessageChannel());
  const writer = startThread(
    "./writer-thread.ts",
    {
      file,
      databaseFile: configuration.database.file,
      logLevel: configuration.logLevel,
      administrator: { email: configuration.adminEmail, password: configuration.adminPassword },
      ports: channels.map(({ port1 }) => port1),
    } satisfies WriterData,
    channels.map(({ port1 }) => port1),
  );
  const others: Thread[] = [];

  try {
    const bootstrapped = await writer.ready;
    if (bootstrapped === null) throw new Error("The thread that writes did not say what it found.");
    const [own, ...rest] = channels;
    if (own === undefined) throw new Error("At least one thread must answer requests.");
    const listenOn = configuration.port;
    const answering = await answerRequests({
      assembly,
      configuration,
      port: own.port2,
      listenOn,
      log,
      metrics: { lanes: threads, lane: 0 },
    });
    for (const [index, { port2 }] of rest.entries()) {
      const metrics = { lanes: threads, lane: index + 1, buffer: answering.metrics };
      const data: HttpData = {
        file,
        configuration,
        port: port2,
        listenOn: answering.port,
        limiter: answering.limiter,
        metrics,
      };
      others.push(startThread("./http-thread.ts", data, [port2]));
    }
    await Promise.all(others.map(({ ready }) => ready));
    return {
      name: assembly.backend.name,
      port: answering.port,
      threads,
      bootstrapped,
      failed: Promise.race([writer, ...others].map(({ failed }) => failed)),
      async close() {
        const milliseconds = configuration.shutdownSeconds * 1000;
        const cut = await Promise.all([
          answering.close(milliseconds),
          ...others.map((thread) => thread.stop(milliseconds)),
        ]);
        // The writer goes last: until then somebody may wait for it.
        await writer.stop(0);
        log.flush();
        return cut.reduce((sum, one) => sum + one, 0);
      },
    };
  } catch (error) {
    await Promise.all([writer, ...others].map((thread) => thread.end()));
    throw error;
  }
}

/** A thread of the server. */
interface Thread {
  readonly ready: Promise<Bootstrapped | null>;
  readonly failed: Promise<Error>;
  stop(milliseconds: number): Promise<number>;
  end(): Promise<unknown>;
}

function startThread(module: string, workerData: WriterData | HttpData, transferList: WriterData["ports"]): Thread {
  const worker = new Worker(new URL(module, import.meta.url), { workerData, transferList: [...transferList] });
  const ready = Promise.withResolvers<Bootstrapped | null>();
  const stopped = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<Error>();
  let stopping = false;
  const fail = (error: Error): void => {
    ready.reject(error);
    stopped.resolve(0);
    if (!stopping) failed.resolve(error);
  };
  worker.on("message", (report: Report) => {
    if ("ready" in report) ready.resolve(report.ready);
    else if ("stopped" in report) stopped.resolve(report.stopped);
    else fail(new Error(report.failed));
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", (code) => fail(new Error(`A thread of the server ended with code ${code}.`)));
  return {
    ready: ready.promise,
    failed: failed.promise,
    stop(milliseconds) {
      stopping = true;
      worker.postMessage({ stop: milliseconds } satisfies Order);
      return stopped.promise;
    },
    end() {
      stopping = true;
      return worker.terminate();
    },
  };
}
