import type { Answer, Route } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { metricsMediaType } from "../kit/metrics.ts";

/** What the server says of itself. */
export interface OwnRouteParts {
  /** Settles when every part can be used. */
  readonly ready: () => Promise<void>;
  readonly renderMetrics: () => string;
}

/**
 * `/healthz`: the process is up. `/readyz`: its parts can be used. `/metrics`: what it has counted. All are answered by a busy
 * server too: who looks after it must not take it for a dead one.
 */
export function ownRoutes({ ready, renderMetrics }: OwnRouteParts): Route[] {
  return [
    {
      method: "GET",
      path: "/",
      handler: () =>
        Promise.reject(
          new GalleyError("not_found", "Nothing is at this path. The API is below /api, and described at /api/docs."),
        ),
    },
    { method: "GET", path: "/healthz", vital: true, handler: () => Promise.resolve(json({ status: "ok" })) },
    {
      method: "GET",
      path: "/readyz",
      vital: true,
      handler: async () => {
        try {
          await ready();
        } catch (cause) {
          throw new GalleyError("overloaded", "A part of the server can't be used now.", {
            cause,
            headers: { "retry-after": "1" },
          });
        }
        return json({ status: "ready" });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      vital: true,
      handler: () =>
        Promise.resolve({
          status: 200,
          headers: { "content-type": metricsMediaType, "cache-control": "no-store" },
          body: renderMetrics(),
        }),
    },
  ];
}

function json(body: unknown): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}
