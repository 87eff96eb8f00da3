import { expect, it } from "vitest";
import { TextCache } from "./text-cache.ts";

it("lets go of the oldest, when there are too many or their texts are too long", () => {
  const dropped: string[] = [];
  const limits = { most: 3, characters: 10, dropped: (text: string) => dropped.push(text) };
  const cache = new TextCache<{ readonly of: string }>(limits);
  const held = (...texts: readonly string[]): boolean[] => texts.map((text) => cache.get(text)?.of === text);
  for (const text of ["a", "b", "c", "d"]) expect(cache.add(text, { of: text })).toEqual({ of: text });
  expect(held("a", "b", "c", "d")).toEqual([false, true, true, true]);
  cache.add("12345678", { of: "12345678" });
  expect(held("b", "c", "d", "12345678")).toEqual([false, true, true, true]);
  cache.add("xyz", { of: "xyz" });
  expect(held("c", "d", "12345678", "xyz")).toEqual([false, false, false, true]);
  // One that is too long by itself is still what was asked for last.
  cache.add("long ".repeat(10), { of: "" });
  expect(cache.get("long ".repeat(10))).toEqual({ of: "" });
  expect(cache.get("xyz")).toBeUndefined();
  cache.add("e", { of: "e" });
  expect(cache.get("long ".repeat(10))).toBeUndefined();
  expect(dropped).toEqual(["a", "b", "c", "d", "12345678", "xyz", "long ".repeat(10)]);
  cache.clear();
  expect(held("e")).toEqual([false]);
});
