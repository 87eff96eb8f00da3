import type { Route } from "../kit/exchange.ts";
import { counter, createMetrics, gauge, histogram, type Metrics } from "../kit/metrics.ts";

const statuses = [200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503].map(String);
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** Seconds, from a tenth of a millisecond to ten seconds. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function definitions(routes: readonly Route[]) {
  const route = ["none", ...new Set(routes.map(({ path }) => path))];
  return {
    requests: counter("galley_http_requests_total", "Requests answered.", { method: methods, route, status: statuses }),
    duration: histogram("galley_http_request_duration_seconds", "Time from a request's head to its answer.", buckets, {
      route,
    }),
    started: gauge("galley_start_time_seconds", "When the process started, in Unix time."),
  };
}

/** What the server counts. */
export type ServerMetrics = Metrics<ReturnType<typeof definitions>>;

/** The metrics of one thread; all threads of a process share a buffer. */
export function createServerMetrics(
  routes: readonly Route[],
  shared: { readonly lanes?: number; readonly lane?: number; readonly buffer?: SharedArrayBuffer } = {},
): ServerMetrics {
  const metrics = createMetrics(definitions(routes), shared);
  if ((shared.lane ?? 0) === 0) metrics.of.started.record(Math.round(performance.timeOrigin / 1000));
  return metrics;
}
