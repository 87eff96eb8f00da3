import { expect, it } from "vitest";
import { createFakeClock, systemClock } from "./clock.ts";

it("tells the machine's time", () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});

it("stands still until it is advanced or set", () => {
  const clock = createFakeClock("2026-01-01T00:00:00Z");
  expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
  clock.advance(1500);
  expect(clock.now()).toBe(Date.UTC(2026, 0, 1) + 1500);
  clock.set(42);
  expect(clock.now()).toBe(42);
  clock.set("1970-01-01T00:00:01Z");
  expect(clock.now()).toBe(1000);
});

it("is advanced by days, hours, minutes and seconds, which add up", () => {
  const clock = createFakeClock(0);
  clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 });
  expect(new Date(clock.now()).toISOString()).toBe("1970-01-02T02:03:04.005Z");
  clock.advance({ days: -1 });
  expect(new Date(clock.now()).toISOString()).toBe("1970-01-01T02:03:04.005Z");
  expect(() => clock.advance({ hours: Infinity })).toThrow("Not a time");
});

it("refuses what is not a time", () => {
  expect(() => createFakeClock("soon")).toThrow("Not a time");
  expect(() => createFakeClock(0).advance(Number.NaN)).toThrow("Not a time");
});
