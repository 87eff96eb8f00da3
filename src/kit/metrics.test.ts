import { describe, expect, it } from "vitest";
import { counter, createMetrics, gauge, histogram } from "./metrics.ts";

const definitions = {
  requests: counter("requests_total", "Requests answered.", { method: ["GET", "POST"], status: ["200", "404"] }),
  open: gauge("connections_open", "Open connections."),
  duration: histogram("duration_seconds", "Time to answer.", [0.1, 1], { method: ["GET"] }),
};

describe("createMetrics", () => {
  it("sums what two threads wrote, each into its own lane", () => {
    const first = createMetrics(definitions, { lanes: 2, lane: 0 });
    const second = createMetrics(definitions, { lanes: 2, lane: 1, buffer: first.buffer });
    first.of.requests.record(1, { method: "GET", status: "200" });
    second.of.requests.record(2, { method: "GET", status: "200" });
    second.of.requests.record(1, { method: "POST", status: "404" });
    first.of.open.record(5);
    second.of.open.record(-2);
    first.of.duration.record(0.1, { method: "GET" });
    second.of.duration.record(0.5, { method: "GET" });
    second.of.duration.record(7, { method: "GET" });
    expect(first.render()).toBe(second.render());
    expect(first.render().split("\n")).toEqual([
      "# HELP requests_total Requests answered.",
      "# TYPE requests_total counter",
      'requests_total{method="GET",status="200"} 3',
      'requests_total{method="POST",status="404"} 1',
      "# HELP connections_open Open connections.",
      "# TYPE connections_open gauge",
      "connections_open 3",
      "# HELP duration_seconds Time to answer.",
      "# TYPE duration_seconds histogram",
      'duration_seconds_bucket{method="GET",le="0.1"} 1',
      'duration_seconds_bucket{method="GET",le="1"} 2',
      'duration_seconds_bucket{method="GET",le="+Inf"} 3',
      'duration_seconds_sum{method="GET"} 7.6',
      'duration_seconds_count{method="GET"} 3',
      "",
    ]);
  });

  it("counts label values that nobody declared under other", () => {
    const metrics = createMetrics(definitions);
    metrics.of.requests.record(1, { method: "BREW", status: "418" });
    metrics.of.requests.record(1, { method: "__proto__", status: "200" });
    expect(metrics.render()).toContain('requests_total{method="other",status="other"} 1');
    expect(metrics.render()).toContain('requests_total{method="other",status="200"} 1');
  });

  it("knows the labels of each metric by type", () => {
    const metrics = createMetrics(definitions);
    // @ts-expect-error a label is missing
    metrics.of.requests.record(1, { method: "GET" });
    // @ts-expect-error the metric has no labels
    metrics.of.open.record(1, { method: "GET" });
    expect(metrics.render()).toContain('requests_total{method="GET",status="other"} 1');
  });

  it("escapes what the format needs escaped", () => {
    const metrics = createMetrics({ odd: counter("odd", "a\\b\nc", { label: ['q"\\\n'] }) });
    metrics.of.odd.record(1, { label: 'q"\\\n' });
    expect(metrics.render()).toBe('# HELP odd a\\\\b\\nc\n# TYPE odd counter\nodd{label="q\\"\\\\\\n"} 1\n');
  });

  it("tells a metric without labels before it was ever written", () => {
    expect(createMetrics(definitions).render()).toContain("connections_open 0\n");
  });

  it("refuses what Prometheus would not read, and what would not fit", () => {
    const create =
      (...list: readonly ReturnType<typeof counter<string>>[]) =>
      () =>
        createMetrics(Object.fromEntries(list.entries()));
    expect(create(counter("a-b", ""))).toThrow("no name for a metric");
    expect(create(counter("a", ""), gauge("a", ""))).toThrow("twice");
    expect(create(counter("a", "", { le: [] }))).toThrow("no name for a label");
    expect(create(histogram("a", "", [1, 1]))).toThrow("must have buckets that grow");
    const many = Array.from({ length: 600 }, (_, index) => String(index));
    expect(create(counter("a", "", { a: many, b: many }))).toThrow("250000 at most");
    const { buffer } = createMetrics(definitions);
    expect(() => createMetrics(definitions, { lanes: 2, lane: 1, buffer })).toThrow("no such lane");
  });
});
