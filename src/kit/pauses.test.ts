import { expect, it } from "vitest";
import { mapInTurns } from "./pauses.ts";

function workFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

it("maps a few at once", () => {
  expect(mapInTurns([1, 2, 3], (item, index) => item * 10 + index)).toEqual([10, 21, 32]);
});

it("lets others have their turns while it maps many, and keeps the order", async () => {
  let turns = 0;
  let goesOn = true;
  const count = (): void => {
    turns++;
    if (goesOn) setImmediate(count);
  };
  const mapped = mapInTurns(
    Array.from({ length: 50 }, (_, index) => index),
    (item, index) => {
      workFor(0.5);
      return item + index;
    },
  );
  expect(mapped).toBeInstanceOf(Promise);
  setImmediate(count);
  expect(await mapped).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index));
  goesOn = false;
  // 25 ms of work in pieces of about 2.
  expect(turns).toBeGreaterThan(5);
});

it("fails with what one of many failed with", async () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const mapped = mapInTurns(items, (item) => {
    if (item === 70) throw new Error("not this one");
    return item;
  });
  await expect(mapped).rejects.toThrow("not this one");
});
