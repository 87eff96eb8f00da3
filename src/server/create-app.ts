import type { Engine } from "../database/engine.ts";
import { type Clock, systemClock } from "../kit/clock.ts";
import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import { type Logger, silentLogger } from "../kit/logger.ts";
import { createRateLimiter } from "../kit/rate-limiter.ts";
import type { Soon } from "../kit/soon.ts";
import { type Assembly, assemble } from "../operations/assemble.ts";
import { bootstrap, type FirstAdministrator } from "../operations/bootstrap.ts";
import type { Execute } from "../operations/execute.ts";
import { createPerformer } from "../operations/performer.ts";
import { type OpenDatabase, openDatabase } from "../records/open-database.ts";
import type { Backend } from "../schema/backend.ts";
import { compose } from "./compose.ts";
import { isBackend } from "./load-backend.ts";
import { type EngineUse, openEngine } from "./open-engine.ts";
import type { DatabaseLocation } from "./settings.ts";
import { createFetchHost, type FetchContext } from "./fetch-host.ts";

/** How an application runs inside another program. */
export interface AppOptions {
  /** `sqlite:PATH`, `postgres://...`, or `sqlite::memory:`, which is the default. */
  readonly database?: string;
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Whether callers are limited; true unless told otherwise. Turn it off where something in front counts them. */
  readonly rateLimits?: boolean;
  /** Made when there is none. */
  readonly administrator?: FirstAdministrator;
  /** Origins whose pages may call; none unless told otherwise. */
  readonly corsOrigins?: readonly string[] | "*";
  /** Longest body in bytes; 1 MiB unless told otherwise. */
  readonly bodyLimit?: number;
}

/** A backend that runs in this thread, without a port. */
export interface App {
  /** The whole backend as a fetch handler: for tests, serverless platforms, and other frameworks to mount. */
  fetch(request: Request, context?: FetchContext): Promise<Response>;
  /** The same over the exchange port. */
  readonly handle: (exchange: Exchange) => Soon<Answer>;
  /** Runs one operation, as a protocol would. */
  readonly execute: Execute;
  /** Every route that it answers. */
  readonly routes: readonly Route[];
  /** The records, without rules, for code beside the requests: scripts, tests. Each call is a transaction of its own. */
  readonly db: OpenDatabase;
  /** Ends it; what was acknowledged is on disk. */
  close(): Promise<void>;
}

/**
 * Runs a backend inside this program, in this thread.
 *
 * @throws DefinitionError when the definition makes no sense
 * @throws Error when the database can't be opened or can't follow the definition
 * @example
 * const app = await createApp(backend({ collections: [notes] }));
 * const response = await app.fetch(new Request("http://localhost/api/notes"));
 */
export async function createApp(backend: Backend, options: AppOptions = {}): Promise<App> {
  if (!isBackend(backend)) throw new Error("createApp takes what backend({ ... }) answers.");
  const assembly = assemble(backend);
  const location = locationOf(options.database ?? "sqlite::memory:");
  return openApp(assembly, openEngine(assembly, location, appEngineUse), options);
}

/** How an application uses the database in one thread. */
export const appEngineUse: EngineUse = { access: "readWrite", scanThread: false, connections: 10 };

/** Runs an assembled backend on an engine, which is closed with the app, and when there will be none. */
export async function openApp(assembly: Assembly, engine: Engine, options: Omit<AppOptions, "database">): Promise<App> {
  const { log = silentLogger, clock = systemClock } = options;
  try {
    await bootstrap(assembly, engine, options.administrator, log, clock);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const { handle, execute, routes } = compose({
    assembly,
    engine,
    commands: createPerformer({ ...assembly, engine, log }),
    limiter: options.rateLimits === false ? undefined : createRateLimiter({ clock }),
    clock,
    log,
    corsOrigins: options.corsOrigins ?? [],
    bodyLimit: options.bodyLimit ?? 1024 * 1024,
    ready: () => Promise.resolve(),
  });
  const db = openDatabase({ model: assembly.model, engine, clock });
  return { fetch: createFetchHost(handle), handle, execute, routes, db, close: () => engine.close() };
}

function locationOf(database: string): DatabaseLocation {
  const file = /^sqlite:(.+)$/.exec(database)?.[1];
  if (file !== undefined) return { engine: "sqlite", file };
  if (/^postgres(ql)?:\/\//.test(database)) return { engine: "postgres", url: database };
  throw new Error(
    `The database "${database}" must be sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE.`,
  );
}
