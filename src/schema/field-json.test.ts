import { expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import { json, jsonFromText } from "./field-json.ts";

function check(value: unknown, field = json()): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

const values: unknown[] = [0, "", false, [], {}, [null], { a: { b: [1, "x", { c: null }] } }, { constructor: 1 }];
test.each(values.map((value) => ({ value })))("$value is JSON and stays as it is", ({ value }) => {
  expect(check(value)).toEqual(value);
  expect(json().type.operand(value)).toEqual(value);
});

test("null is what is missing", () => {
  expect(check(null)).toEqual([{ path: "/at", code: "required", message: "is required" }]);
});

test.each([
  [{ a: [undefined] }, "/at/a/0", "wrong_type"],
  [{ a: () => 1 }, "/at/a", "wrong_type"],
  [[1n], "/at/0", "wrong_type"],
  [{ a: Number.NaN }, "/at/a", "wrong_type"],
  [[Infinity], "/at/0", "wrong_type"],
  [["\ud800"], "/at/0", "invalid_text"],
  [{ "a/b~c": "\0" }, "/at/a~1b~0c", "invalid_text"],
  [{ "\udc00": 1 }, "/at", "invalid_key"],
  [{ "a\0": 1 }, "/at", "invalid_key"],
  [JSON.parse('{"a":{"__proto__":{"admin":true}}}'), "/at/a", "invalid_key"],
])("refuses what JSON or an engine doesn't have (%#)", (value, path, code) => {
  expect(check(value)).toEqual([{ path, code, message: expect.any(String) }]);
  expect(json().type.operand(value)).toBeUndefined();
});

test("may be nested 20 deep", () => {
  for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ a: inner })]) {
    expect(check(nested(20, wrap))).toEqual(nested(20, wrap));
    expect(check(nested(21, wrap))).toMatchObject([{ code: "too_deep" }]);
    expect(check(nested(100_000, wrap))).toMatchObject([{ code: "too_deep" }]);
  }
});

const key = "k".repeat(1_000_000);
test.each<[string, unknown]>([
  ["a million texts that can't be stored", Array(1_000_000).fill("\ud800")],
  ["100,000 bad keys", Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`\ud800${index}`, 1]))],
  ["keys of a million characters", { [key]: { [key]: Array(1000).fill("\0") } }],
  ["a bad key of a million characters", { [`${key}\0`]: 1 }],
])("%s are answered briefly and at once", (_, value) => {
  const violations = check(value);
  expect(violations).toSatisfy((list: unknown[]) => list.length >= 1 && list.length <= 100);
  expect(JSON.stringify(violations).length).toBeLessThan(50_000);
});

test("JSON Schema says the same", () => {
  expect(json().jsonSchema()).toEqual({ description: "Any JSON value but null", not: { type: "null" } });
});

test.each([
  ["red", "red"],
  ["1.5", 1.5],
  ["-2e3", -2000],
  ["true", true],
  ["null", null],
  ["01", "01"],
  ["1.", "1."],
  ["[1]", "[1]"],
  ['"1"', '"1"'],
  ["", ""],
])("%j in a URL is %j", (spelled, value) => {
  expect(jsonFromText(spelled)).toEqual(value);
});

test("json refuses what is longer than its limit, and a limit that is none", () => {
  const violations: Violation[] = [];
  json({ max: 10 }).validate({ a: "0123456789" }, "/meta", violations);
  expect(violations).toEqual([{ path: "/meta", code: "too_long", message: "must have at most 10 characters as JSON" }]);
  expect(json({ max: -1 }).type.mistakes()).toHaveLength(1);
});
