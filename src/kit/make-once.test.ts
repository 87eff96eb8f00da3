import { expect, test } from "vitest";
import { makeOnce } from "./make-once.ts";

test("what many ask for at once is made once", async () => {
  let made = 0;
  const get = makeOnce(async () => {
    await Promise.resolve();
    return ++made;
  });
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
});

test("what has failed is made anew", async () => {
  let tries = 0;
  const get = makeOnce(() => (++tries === 1 ? Promise.reject(new Error("not yet")) : Promise.resolve(tries)));
  await expect(Promise.all([get(), get()])).rejects.toThrow("not yet");
  expect(await get()).toBe(2);
});
