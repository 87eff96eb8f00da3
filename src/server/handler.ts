import type { Answer, Exchange, Route } from "../kit/exchange.ts";
import { toGalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { problem } from "../kit/problem.ts";
import { createRouter } from "../kit/router.ts";
import { type Soon, soon } from "../kit/soon.ts";
import type { Refusals } from "./refusals.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { type Cors, withSecurityHeaders } from "./security.ts";
import type { TurnGuard } from "./turn-guard.ts";

/** What stands around every route. */
export interface HandlerParts {
  readonly routes: readonly Route[];
  readonly cors: Cors;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  readonly refusals: Refusals;
  /** What keeps turns of the event loop short; left out, nobody is refused. */
  readonly turns: TurnGuard | undefined;
}

/**
 * The front door: finds the route, and turns whatever it answers or throws into an answer that is safe to send, counted and
 * logged.
 */
export function createHandler({
  routes,
  cors,
  log,
  metrics,
  refusals,
  turns,
}: HandlerParts): (exchange: Exchange) => Soon<Answer> {
  const router = createRouter(routes);
  const vital = new Set(routes.filter((route) => route.vital).map(({ path }) => path));

  function answerOf(exchange: Exchange): Soon<Answered> {
    let route = "none";
    const answered = (answer: Answer): Answered => ({ answer, route });
    const failed = (thrown: unknown): Answered => {
      const error = toGalleyError(thrown);
      // The cause is for us alone: it may hold SQL, paths and other people's data.
      if (error.status >= 500 && error.code !== "overloaded") {
        log.error(
          { requestId: exchange.requestId, route, error: error.cause ?? error },
          `${exchange.method} ${route} failed`,
        );
      }
      return { answer: problem(error, exchange.requestId), route };
    };
    try {
      if (exchange.method === "OPTIONS") {
        const allowed = router.allowed(exchange.path);
        const preflight = cors.preflight(exchange, allowed);
        if (preflight !== undefined) return answered(preflight);
        if (allowed.length > 0) return answered({ status: 204, headers: { allow: allowed.join(", ") }, body: null });
      }
      const match = router.match(exchange.method, exchange.path);
      route = match.pattern;
      const answer = match.handler(exchange, match.parameters);
      return answer instanceof Promise ? answer.then(answered, failed) : answered(answer);
    } catch (thrown) {
      return failed(thrown);
    }
  }

  function finish(exchange: Exchange, started: number, { answer, route }: Answered): Answer {
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
  }

  return function handle(exchange) {
    if (turns?.admits() === false && !vital.has(exchange.path)) {
      metrics.of.requests.record(1, { method: exchange.method, route: "none", status: "503" });
      return refusals
        .answer(exchange.requestId)
        .then((refusal) => cors.apply(exchange, withSecurityHeaders(exchange, refusal)));
    }
    const started = performance.now();
    return soon(answerOf(exchange), (answered) => finish(exchange, started, answered));
  };
}

/** An answer, and the route that it came from. */
interface Answered {
  readonly answer: Answer;
  readonly route: string;
}
