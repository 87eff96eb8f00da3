import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepClaim } from "./keep-claim.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("renews until it is ended, one at a time, and goes on when a renewal fails", async () => {
  const failures: unknown[] = [];
  const gone = new Error("The database is away.");
  const slow = Promise.withResolvers<void>();
  const answers = [() => Promise.reject(gone), () => slow.promise];
  let renewals = 0;
  const end = keepClaim(
    () => answers[renewals++]?.() ?? Promise.resolve(),
    1000,
    (error) => failures.push(error),
  );
  await vi.advanceTimersByTimeAsync(1000);
  expect([renewals, failures]).toEqual([1, [gone]]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(renewals).toBe(2);
  let ended = false;
  const ending = end().then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(5000);
  expect([renewals, ended]).toEqual([2, false]);
  slow.resolve();
  await ending;
  await end();
  expect(vi.getTimerCount()).toBe(0);
});
