import { afterEach, expect, test, vi } from "vitest";
import { createPasswordHasher } from "./password-hasher.ts";

afterEach(() => vi.useRealTimers());

test("who would wait for longer than a few seconds is refused, once that has been so for as long", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const hashes: (() => void)[] = [];
  const hasher = createPasswordHasher(
    undefined,
    () => new Promise((resolve) => hashes.push(() => resolve(new Uint8Array(32)))),
  );
  const finish = async (count: number): Promise<void> => {
    for (let one = 0; one < count; one++) {
      hashes.shift()?.();
      // The next begins when this one has ended.
      await new Promise(setImmediate);
    }
  };
  const asked = Array.from({ length: 100 }, () => hasher.hash("a burst"));
  vi.advanceTimersByTime(6000);
  await finish(1);
  await expect(hasher.hash("too late")).rejects.toMatchObject({ code: "overloaded", headers: { "retry-after": "5" } });
  await finish(asked.length);
  await Promise.all(asked);
  vi.advanceTimersByTime(6000);
  const again = Promise.all(Array.from({ length: 100 }, () => hasher.hash("another burst")));
  await finish(100);
  expect(await again).toHaveLength(100);
});
