import { expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import { computed } from "./field-computed.ts";
import { email } from "./field-email.ts";
import type { Field } from "./field.ts";
import { list } from "./field-list.ts";
import { integer, number } from "./field-number.ts";
import { text } from "./field-text.ts";

function check(field: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

test("a list takes items of its field, each in its normal form", () => {
  expect(check(list(email()), ["Ada@Example.com"])).toEqual(["ada@example.com"]);
  expect(check(list(number()), [-0])).toEqual([0]);
  expect(check(list(list(integer())), [[1], []])).toEqual([[1], []]);
  expect(check(list(integer().optional()), [1, null, undefined])).toEqual([1, null, null]);
});

test("every item that is wrong is reported at its place", () => {
  expect(check(list(list(integer({ min: 0 }))), [[1, "2"], "x", [null, -1]])).toEqual([
    { path: "/at/0/1", code: "wrong_type", message: expect.any(String) },
    { path: "/at/1", code: "wrong_type", message: "must be an array, and is a string" },
    { path: "/at/2/0", code: "required", message: "is required" },
    { path: "/at/2/1", code: "too_small", message: "must be at least 0" },
  ]);
});

test.each([{ 0: "a", length: 1 }, "a", new Set(["a"]), new Uint8Array(1), 1])("%o is no list", (value) => {
  expect(check(list(text()), value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
  expect(list(text()).type.operand(value)).toBeUndefined();
});

test("a list holds to its limits, and to 1,000 items without any", () => {
  const tags = list(text(), { min: 1, max: 2 });
  expect(check(tags, [])).toEqual([{ path: "/at", code: "too_few", message: "must have at least 1 item" }]);
  expect(check(tags, ["a", "b", "c"])).toEqual([
    { path: "/at", code: "too_many", message: "must have at most 2 items" },
  ]);
  expect(check(list(text()), Array(1001).fill("a"))).toMatchObject([{ code: "too_many" }]);
});

test("a list is not looked through when it is too long, nor when enough is wrong", () => {
  expect(check(list(text()), Array(5_000_000).fill(1))).toHaveLength(1);
  expect(check(list(text(), { max: 5_000_000 }), Array(5_000_000).fill(1))).toHaveLength(100);
});

test("JSON Schema says the same", () => {
  expect(list(integer().optional(), { min: 1, max: 3 }).jsonSchema()).toEqual({
    type: "array",
    items: { type: ["integer", "null"], minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    minItems: 1,
    maxItems: 3,
  });
});

test.each([
  [list(text()), []],
  [list(text(), { min: 3, max: 2 }), ["has min: 3 above max: 2"]],
  [list(text({ min: 3, max: 2 })), ["has items, of which each has min: 3 above max: 2"]],
  [list(text().default("a")), ["has items with a default, which are never missing"]],
  [list(text().unique()), ["has items that are unique or searched; lists can't be"]],
  [list(text().search()), ["has items that are unique or searched; lists can't be"]],
  [computed(list(text(), { max: -1 }), () => []), ["has max: -1, which must be a finite number that is not negative"]],
  [list("text" as never), ["has items that are no field"]],
])("knows what is wrong with its declaration (%#)", (field, mistakes) => {
  expect(field.type.mistakes()).toEqual(mistakes);
});
