import type { Engine } from "../database/engine.ts";
import type { Clock } from "../kit/clock.ts";
import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import type { Logger } from "../kit/logger.ts";
import type { RateLimiter } from "../kit/rate-limiter.ts";
import type { Assembly } from "../operations/assemble.ts";
import type { CommandPort } from "../operations/command.ts";
import { openApiRoutes } from "../openapi/openapi-routes.ts";
import { createExecute, type Execute } from "../operations/execute.ts";
import type { Soon } from "../kit/soon.ts";
import { createRateLimits } from "../operations/rate-limits.ts";
import { restRoutes } from "../rest/rest-routes.ts";
import { createHandler } from "./handler.ts";
import { ownRoutes } from "./own-routes.ts";
import { createRefusals } from "./refusals.ts";
import { createCors } from "./security.ts";
import { createServerMetrics, type ServerMetrics } from "./server-metrics.ts";
import { shedWrites } from "./shed-writes.ts";
import type { TurnGuard } from "./turn-guard.ts";

/** Everything that one thread answers requests with. */
export interface Parts {
  readonly assembly: Assembly;
  readonly engine: Engine;
  readonly commands: CommandPort;
  /** Left out, nothing is counted and nobody refused. */
  readonly limiter: RateLimiter | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly corsOrigins: readonly string[] | "*";
  /** Longest body in bytes. */
  readonly bodyLimit: number;
  /** Lane and memory of the metrics, where several threads share them. */
  readonly metrics?: { readonly lanes: number; readonly lane: number; readonly buffer?: SharedArrayBuffer };
  /** Keeps the turns of this thread's event loop short; left out, nobody is refused for their length. */
  readonly turns?: TurnGuard;
  /** Settles when the thread can answer; the database is asked beside it. */
  ready(): Promise<void>;
}

/** The whole backend as one function over the exchange port, and what was made on the way. */
export interface Composition {
  readonly handle: (exchange: Exchange) => Soon<Answer>;
  readonly execute: Execute;
  readonly metrics: ServerMetrics;
  readonly routes: readonly Route[];
}

/** The only place where the rooms are put together. */
export function compose(parts: Parts): Composition {
  const { assembly, engine, commands, clock, log } = parts;
  const limits = createRateLimits(assembly.backend.limits, parts.limiter);
  const execute = createExecute({ assembly, engine, commands, limits, clock, log });
  const refusals = createRefusals(log);
  const routes: Route[] = [
    ...shedWrites(
      restRoutes({ assembly, execute, bodyLimit: parts.bodyLimit }),
      assembly.operations,
      commands,
      refusals,
    ),
    ...openApiRoutes({ assembly }),
    ...ownRoutes({
      async ready() {
        await engine.ping();
        await parts.ready();
      },
      renderMetrics: () => metrics.render(),
    }),
  ];
  const metrics = createServerMetrics(routes, parts.metrics);
  const cors = createCors(parts.corsOrigins);
  const handle = createHandler({ routes, cors, log, metrics, refusals, turns: parts.turns });
  return { handle, execute, metrics, routes };
}
