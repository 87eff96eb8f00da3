import { expect, it } from "vitest";
import { copyOf } from "./copy-of.ts";

it("copies what is plain, and nothing else", () => {
  const bytes = new Uint8Array([1, 2]);
  const at = new Date(0);
  const given = { list: [1, [2, { deep: null }]], bytes, at, none: undefined, text: "a", sparse: { yes: true } };
  const copy = copyOf(given);
  expect(copy).toEqual(given);
  expect(copy).not.toBe(given);
  expect(copy.list).not.toBe(given.list);
  expect(copy.list[1]).not.toBe(given.list[1]);
  expect(copy.bytes).toBe(bytes);
  expect(copy.at).toBe(at);
});

it("keeps keys that mean something to JavaScript", () => {
  const given: unknown = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
  expect(JSON.stringify(copyOf(given))).toBe('{"__proto__":{"a":1},"constructor":2}');
});
