import type { MessagePort } from "node:worker_threads";
import { createBacklog } from "../kit/backlog.ts";
import { systemClock } from "../kit/clock.ts";
import { createRateLimiter } from "../kit/rate-limiter.ts";
import type { Assembly } from "../operations/assemble.ts";
import { createPerformer } from "../operations/performer.ts";
import { connectCommands } from "./command-channel.ts";
import { compose } from "./compose.ts";
import type { ServerLogger } from "./logger.ts";
import { createNodeHost } from "./node-host.ts";
import { openEngine } from "./open-engine.ts";
import type { Configuration } from "./settings.ts";
import { createTurnGuard } from "./turn-guard.ts";

/** What a thread needs to answer requests. */
export interface AnsweringParts {
  readonly assembly: Assembly;
  readonly configuration: Configuration;
  /** Threads that answer requests; they divide the connections to a server among them. */
  readonly threads: number;
  /** The channel to the thread that writes; without one this thread writes itself. */
  readonly port: MessagePort | undefined;
  readonly listenOn: number;
  readonly log: ServerLogger;
  /** Memory that the threads share; made here where there is none yet. */
  readonly limiter?: SharedArrayBuffer;
  /** Where the thread that writes counts its commits. */
  readonly commits: SharedArrayBuffer | undefined;
  readonly metrics: { readonly lanes: number; readonly lane: number; readonly buffer?: SharedArrayBuffer };
}

/** A thread that answers requests. */
export interface Answering {
  readonly port: number;
  readonly limiter: SharedArrayBuffer;
  readonly metrics: SharedArrayBuffer;
  /** Lets requests under way be answered, and ends. @returns how many were cut off */
  close(milliseconds: number): Promise<number>;
}

/** Starts to answer requests in this thread: reads on a connection of its own, writes through the channel. */
export async function answerRequests(parts: AnsweringParts): Promise<Answering> {
  const { assembly, configuration, log } = parts;
  const engine = openEngine(assembly, configuration.database, {
    access: "readOnly",
    scanThread: true,
    connections: Math.max(1, Math.floor(configuration.databaseConnections / parts.threads)),
    commits: parts.commits,
  });
  const commands =
    parts.port === undefined
      ? createPerformer({ ...assembly, engine, log, backlog: createBacklog() })
      : connectCommands(parts.port);
  const limiter = createRateLimiter({
    clock: systemClock,
    ...(parts.limiter === undefined ? {} : { buffer: parts.limiter }),
  });
  let stopping = false;
  const { handle, metrics } = compose({
    assembly,
    engine,
    commands,
    limiter: configuration.rateLimits ? limiter : undefined,
    clock: systemClock,
    log,
    corsOrigins: configuration.corsOrigins,
    bodyLimit: configuration.bodyLimit,
    metrics: parts.metrics,
    turns: createTurnGuard(),
    // Balancers stop sending before the server stops answering.
    ready: () => (stopping ? Promise.reject(new Error("The server is stopping.")) : Promise.resolve()),
  });
  const host = createNodeHost({ handle, trustedProxies: configuration.trustedProxies, logger: log });
  const reusePort = parts.metrics.lanes > 1;
  const port = await host.listen({ port: parts.listenOn, host: configuration.host, reusePort });
  return {
    port,
    limiter: limiter.buffer,
    metrics: metrics.buffer,
    async close(milliseconds) {
      stopping = true;
      const cut = await host.close(milliseconds);
      await engine.close();
      parts.port?.close();
      return cut;
    },
  };
}
