import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import { toGalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { problem } from "../kit/problem.ts";
import { createRouter } from "../kit/router.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { type Cors, withSecurityHeaders } from "./security.ts";

/** What stands around every route. */
export interface HandlerParts {
  readonly routes: readonly Route[];
  readonly cors: Cors;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
}

/**
 * The front door: finds the route, and turns whatever it answers or throws into an answer that is safe to send, counted and
 * logged.
 */
export function createHandler({ routes, cors, log, metrics }: HandlerParts): (exchange: Exchange) => Promise<Answer> {
  const router = createRouter(routes);

  async function answerOf(exchange: Exchange): Promise<{ readonly answer: Answer; readonly route: string }> {
    let route = "none";
    try {
      if (exchange.method === "OPTIONS") {
        const allowed = router.allowed(exchange.path);
        const preflight = cors.preflight(exchange, allowed);
        if (preflight !== undefined) return { answer: preflight, route };
        if (allowed.length > 0)
          return { answer: { status: 204, headers: { allow: allowed.join(", ") }, body: null }, route };
      }
      const match = router.match(exchange.method, exchange.path);
      route = match.pattern;
      return { answer: await match.handler(exchange, match.parameters), route };
    } catch (thrown) {
      const error = toGalleyError(thrown);
      // The cause is for us alone: it may hold SQL, paths and other people's data.
      if (error.status >= 500 && error.code !== "overloaded") {
        log.error(
          { requestId: exchange.requestId, route, error: error.cause ?? error },
          `${exchange.method} ${route} failed`,
        );
      }
      return { answer: problem(error, exchange.requestId), route };
    }
  }

  return async function handle(exchange) {
    const started = performance.now();
    const { answer, route } = await answerOf(exchange);
    const seconds = (performance.now() - started) / 1000;
    metrics.of.requests.record(1, { method: exchange.method, route, status: String(answer.status) });
    metrics.of.duration.record(seconds, { route });
    log.info(
      {
        requestId: exchange.requestId,
        method: exchange.method,
        path: exchange.path,
        status: answer.status,
        milliseconds: Math.round(seconds * 1e6) / 1000,
      },
      "request",
    );
    return cors.apply(exchange, withSecurityHeaders(exchange, answer));
  };
}
