import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFakeClock, systemClock } from "./clock.ts";
import { createRateLimiter, rateLimitHeaders, type RateLimiter } from "./rate-limiter.ts";

const perMinute = { limit: 3, window: 60 };

function setUp(slots?: number): { clock: ReturnType<typeof createFakeClock>; limiter: RateLimiter } {
  const clock = createFakeClock();
  return { clock, limiter: createRateLimiter({ clock, ...(slots === undefined ? {} : { slots }) }) };
}

describe("take", () => {
  it("allows the limit at once, then one by one as units come back", () => {
    const { clock, limiter } = setUp();
    const remaining = [1, 2, 3].map(() => limiter.take("a", perMinute).remaining);
    expect(remaining).toEqual([2, 1, 0]);
    expect(limiter.take("a", perMinute)).toMatchObject({ allowed: false, remaining: 0, retryAfter: 20, reset: 60 });
    clock.advance(19_999);
    expect(limiter.take("a", perMinute)).toMatchObject({ allowed: false, retryAfter: 1 });
    clock.advance(1);
    expect(limiter.take("a", perMinute)).toMatchObject({ allowed: true, remaining: 0, retryAfter: 0 });
    clock.advance(60_000);
    expect(limiter.take("a", perMinute)).toMatchObject({ allowed: true, remaining: 2, reset: 20 });
  });

  it("keeps keys apart", () => {
    const { limiter } = setUp();
    for (let count = 0; count < 3; count++) limiter.take("a", perMinute);
    expect(limiter.take("a", perMinute).allowed).toBe(false);
    expect(limiter.take("b", perMinute).allowed).toBe(true);
  });

  it("takes several units at a time, and nothing when they are too many", () => {
    const { limiter } = setUp();
    expect(limiter.take("a", perMinute, 2)).toMatchObject({ allowed: true, remaining: 1 });
    expect(limiter.take("a", perMinute, 2)).toMatchObject({ allowed: false, remaining: 1, retryAfter: 20 });
    expect(limiter.take("a", perMinute, 1)).toMatchObject({ allowed: true, remaining: 0 });
    expect(limiter.take("b", perMinute, 4)).toMatchObject({ allowed: false, remaining: 3 });
  });

  it("tells what is left without taking for a cost of 0", () => {
    const { limiter } = setUp();
    limiter.take("a", perMinute);
    expect(limiter.take("a", perMinute, 0)).toMatchObject({ allowed: true, remaining: 2 });
    expect(limiter.take("b", perMinute, 0)).toMatchObject({ allowed: true, remaining: 3, reset: 0 });
    expect(limiter.take("a", perMinute).remaining).toBe(1);
  });

  it("allows exactly the limit at once, whatever limit and window are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 86_400 }), (limit, window) => {
        const { limiter } = setUp(8);
        const results = Array.from({ length: limit + 1 }, () => limiter.take("a", { limit, window }));
        expect(results.map((result) => result.remaining)).toEqual(
          [...Array(limit).keys(), 0].toSorted((a, b) => b - a),
        );
        expect(results.filter((result) => result.allowed)).toHaveLength(limit);
      }),
    );
  });

  it("locks nobody out for longer than a window when the clock is set back", () => {
    const { clock, limiter } = setUp();
    for (let count = 0; count < 3; count++) limiter.take("a", perMinute);
    clock.advance(-86_400_000);
    expect(limiter.take("a", perMinute)).toMatchObject({ allowed: false, retryAfter: 20 });
    clock.advance(20_000);
    expect(limiter.take("a", perMinute).allowed).toBe(true);
  });

  it("forgets the key that owes least when the table is full", () => {
    const { clock, limiter } = setUp(8);
    for (let count = 0; count < 3; count++) limiter.take("busy", perMinute);
    for (let count = 0; count < 1000; count++) {
      expect(limiter.take(`flood-${count}`, perMinute).allowed).toBe(true);
      clock.advance(1);
    }
    expect(limiter.take("busy", perMinute).allowed).toBe(false);
  });

  it("counts for all threads together, exactly", async () => {
    const slots = 64;
    const limiter = createRateLimiter({ clock: systemClock, slots });
    const policy = { limit: 5000, window: 86_400 };
    const run = `
      const { parentPort, workerData } = require("node:worker_threads");
      import(workerData.module).then(({ createRateLimiter }) => {
        const limiter = createRateLimiter({ clock: Date, buffer: workerData.buffer });
        let allowed = 0;
        for (let count = 0; count < 4000; count++) allowed += limiter.take("key", workerData.policy).allowed ? 1 : 0;
        parentPort.postMessage(allowed);
      });`;
    const module = new URL("./rate-limiter.ts", import.meta.url).href;
    const workerData = { module, buffer: limiter.buffer, policy };
    const counts = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<number>((resolve, reject) => {
            new Worker(run, { eval: true, workerData }).on("message", resolve).on("error", reject);
          }),
      ),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
    expect(limiter.take("key", policy).allowed).toBe(false);
  });
});

describe("createRateLimiter", () => {
  it("shares what another limiter counted in its buffer", () => {
    const { clock, limiter } = setUp();
    const other = createRateLimiter({ clock, buffer: limiter.buffer });
    limiter.take("a", perMinute);
    expect(other.take("a", perMinute).remaining).toBe(1);
  });

  it("refuses a table whose size is no power of two", () => {
    expect(() => setUp(100)).toThrow("power of two");
  });
});

it("writes the header fields of the IETF draft", () => {
  const { limiter } = setUp();
  expect(rateLimitHeaders("default", limiter.take("a", perMinute))).toEqual({
    "ratelimit-policy": '"default";q=3;w=60',
    ratelimit: '"default";r=2;t=20',
  });
  const refused = limiter.take("a", perMinute, 3);
  expect(rateLimitHeaders("default", refused)).toMatchObject({ "retry-after": "20" });
});
