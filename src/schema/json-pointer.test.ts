import { expect, test } from "vitest";
import { excerpt, pointerStep } from "./json-pointer.ts";

test.each([
  ["a", "a"],
  ["a/b", "a~1b"],
  ["~", "~0"],
  ["~1", "~01"],
  ["", ""],
])("%j is the step %j", (key, step) => {
  expect(pointerStep(key)).toBe(step);
});

test("a step is well-formed and short, whatever the key", () => {
  expect(pointerStep("\ud800")).toBe("\ufffd");
  expect(pointerStep("/".repeat(1_000_000))).toBe("~1".repeat(100));
  // The cut goes through the middle of the last character.
  expect(excerpt(`a${"😀".repeat(1000)}`)).toBe(`a${"😀".repeat(49)}\ufffd`);
});
