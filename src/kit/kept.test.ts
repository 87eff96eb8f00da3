import { expect, it } from "vitest";
import { kept } from "./kept.ts";

it("makes what isn't there, once, and drops all when there are too many", () => {
  const all = new Map<string, string>();
  const made: string[] = [];
  const ask = (key: string): string => kept(all, key, 2, () => (made.push(key), key.toUpperCase()));
  expect(["a", "a", "b", "a"].map(ask)).toEqual(["A", "A", "B", "A"]);
  expect(made).toEqual(["a", "b"]);
  expect(ask("c")).toBe("C");
  expect([...all.keys()]).toEqual(["c"]);
});
