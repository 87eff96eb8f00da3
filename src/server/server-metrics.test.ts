import { expect, it } from "vitest";
import type { Route } from "../kit/exchange.ts";
import { createServerMetrics } from "./server-metrics.ts";

const handler: Route["handler"] = () => Promise.reject(new Error("not called"));

/** The routes that so many collections have. */
function routesOf(collections: number): Route[] {
  const paths = Array.from({ length: collections }, (_, index) => `/api/things${index}`);
  return paths.flatMap((base) =>
    [base, `${base}/search`, `${base}/aggregate`, `${base}/:id`].map((path) => ({ method: "GET", path, handler })),
  );
}

it("has room for a backend of hundreds of collections, and tells of what was asked only", () => {
  const metrics = createServerMetrics(routesOf(400), { lanes: 2 });
  metrics.of.requests.record(1, { method: "GET", route: "/api/things399/:id", status: "200" });
  metrics.of.requests.record(1, { method: "BREW", route: "/api/things0", status: "418" });
  const lines = metrics.render().split("\n");
  expect(lines.filter((line) => line.startsWith("galley_http_requests_total"))).toEqual([
    'galley_http_requests_total{method="GET",route="/api/things399/:id",status="200"} 1',
    'galley_http_requests_total{method="other",route="/api/things0",status="other"} 1',
  ]);
});
