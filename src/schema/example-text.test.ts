import { expect, test } from "vitest";
import { exampleText } from "./example-text.ts";

test.each([
  [/[A-Z]{2}/, ["AA", "AB", "AC"]],
  [/[A-Z0-9]+/, ["AAA", "AAB", "AAC"]],
  [/\d{3,5}-\d?/, ["000-", "001-", "002-"]],
  [/^(?:EU|US)-(?<number>\d*)$/, ["EU-000", "EU-001", "EU-002"]],
  [/a.c|never/, ["aac", "abc", "acc"]],
  [/x\.y\/z/, ["x.y/z", "x.y/z", "x.y/z"]],
  [/[^a-z\]]{1}/, ["A", "B", "C"]],
  [/\p{Lu}\u{62}\x63/u, ["Abc", "Bbc", "Cbc"]],
  [/[а-я]+?/, ["ааа", "ааб", "аав"]],
  [/(ab){2,}/i, ["ababab", "ababaB", "ababAb"]],
])("reads what %s matches", (pattern, expected) => {
  const texts = [0, 1, 2].map((serial) => exampleText(pattern, serial, 3));
  expect(texts).toEqual(expected);
});

test("knows when numbers are used up, and begins again", () => {
  expect([25, 26, 27].map((serial) => exampleText(/[A-Z]/, serial, 1))).toEqual(["Z", "A", "B"]);
});

test.each([
  /(?=a)a/,
  /(?<!a)b/,
  /(a)\1/,
  /(?<x>a)\k<x>/,
  /\bword\b/,
  /[^\0-\u{10ffff}]/u,
  /[[a-z]--[a-y]]/v,
  /(?:a(?=b)|b)/,
])("makes nothing of %s, which asks for more than what stands where", (pattern) => {
  expect(exampleText(pattern, 0, 1)).toBeUndefined();
});
