import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createCrowd } from "./postgres-crowd.ts";

const minute = 60_000;
/** Lets whoever has been let in say so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("lets in as many as there are connections, and the others in their order", async () => {
  const crowd = createCrowd({ most: 2, longestWait: minute, patience: minute });
  const came: number[] = [];
  const leave = await Promise.all([1, 2].map(() => crowd.enter()));
  const late = [3, 4].map((one) => crowd.enter().then((go) => (came.push(one), go)));
  await settled();
  expect(came).toEqual([]);
  leave[0]?.();
  leave[0]?.();
  await settled();
  expect(came).toEqual([3]);
  leave[1]?.();
  await settled();
  expect(came).toEqual([3, 4]);
  for (const one of late) (await one)();
});

it("lets in fewer the more of them collide, down to one, and more again as they are committed", async () => {
  const crowd = createCrowd({ most: 4, longestWait: minute, patience: minute });
  for (let collision = 0; collision < 50; collision++) crowd.collided();
  const leave = await crowd.enter();
  let inside = 1;
  const others = Array.from({ length: 4 }, () => crowd.enter().then(() => inside++));
  await settled();
  expect(inside).toBe(1);
  for (let commit = 0; commit < 50; commit++) crowd.committed();
  await settled();
  expect(inside).toBe(4);
  leave();
  await Promise.all(others);
  expect(inside).toBe(5);
});

it("has patience with who waits because others collide", async () => {
  const crowd = createCrowd({ most: 2, longestWait: 20, patience: minute });
  const leave = await crowd.enter();
  await crowd.enter();
  const late = crowd.enter();
  crowd.collided();
  // Long enough for the brief wait to have ended.
  await sleep(100);
  for (let commit = 0; commit < 9; commit++) crowd.committed();
  leave();
  await expect(late).resolves.toBeTypeOf("function");
});

it("refuses who has waited too long, and all who wait where nobody can be served", async () => {
  const brief = createCrowd({ most: 1, longestWait: 5, patience: minute });
  const leave = await brief.enter();
  await expect(brief.enter()).rejects.toMatchObject({ code: "overloaded", headers: { "retry-after": "1" } });
  leave();
  // Who has gone takes no place.
  await expect(brief.enter()).resolves.toBeTypeOf("function");

  const crowd = createCrowd({ most: 1, longestWait: minute, patience: minute });
  const go = await crowd.enter();
  const waiting = [crowd.enter(), crowd.enter()];
  const away = new Error("away");
  crowd.disperse(away);
  for (const one of waiting) await expect(one).rejects.toBe(away);
  go();
  await expect(crowd.enter()).resolves.toBeTypeOf("function");
});
