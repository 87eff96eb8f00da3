import { describe, expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import type { Field } from "./field.ts";
import { secret, text } from "./field-text.ts";

/** What a field says of a value: its normal form, or the violations. */
function check(field: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

describe("text", () => {
  test.each(["", "a", "Ünïcode", "line\nbreak", "😀", " spaces kept "])("keeps %j as it is", (value) => {
    expect(check(text(), value)).toBe(value);
  });

  test.each([
    [1, "a number"],
    [true, "a boolean"],
    [{}, "an object"],
    [["a"], "an array"],
    [Object.create(null), "an object"],
  ])("refuses %j, which is %s", (value, name) => {
    expect(check(text(), value)).toEqual([
      { path: "/at", code: "wrong_type", message: `must be a string, and is ${name}` },
    ]);
  });

  test.each([null, undefined])("is required where it is not optional: %j", (value) => {
    expect(check(text(), value)).toEqual([{ path: "/at", code: "required", message: "is required" }]);
    expect(check(text().optional(), value)).toBeNull();
  });

  test.each(["\ud800", "a\udc00b", "a\0b"])("refuses what no engine can store: %j", (value) => {
    expect(check(text(), value)).toEqual([
      { path: "/at", code: "invalid_text", message: "must be well-formed Unicode without NUL characters" },
    ]);
  });

  test("counts characters as code points", () => {
    const field = text({ min: 2, max: 3 });
    expect(check(field, "😀😀😀")).toBe("😀😀😀");
    expect(check(field, "😀")).toEqual([
      { path: "/at", code: "too_short", message: "must have at least 2 characters" },
    ]);
    expect(check(field, "😀😀😀😀")).toEqual([
      { path: "/at", code: "too_long", message: "must have at most 3 characters" },
    ]);
    expect(check(text({ min: 1 }), "")).toEqual([
      { path: "/at", code: "too_short", message: "must have at least 1 character" },
    ]);
  });

  test("has a limit without being told one", () => {
    expect(check(text(), "a".repeat(10_000))).toHaveLength(10_000);
    expect(check(text(), "a".repeat(10_001))).toMatchObject([{ code: "too_long" }]);
  });

  test("matches a pattern with the whole text, in any line, however often it is asked", () => {
    const field = text({ pattern: /[a-z]+|[0-9]/gmy });
    for (let round = 0; round < 3; round++) expect(check(field, "abc")).toBe("abc");
    for (const value of ["abc1", "abc\nabc", "ab\n", ""]) {
      expect(check(field, value)).toEqual([{ path: "/at", code: "pattern", message: "must match /[a-z]+|[0-9]/gmy" }]);
    }
  });

  test("keeps the flags of a pattern that say what matches", () => {
    expect(check(text({ pattern: /abc/i }), "ABC")).toBe("ABC");
    expect(check(text({ pattern: /a.c/s }), "a\nc")).toBe("a\nc");
    expect(check(text({ pattern: /[\p{L}--[a-z]]/v }), "A")).toBe("A");
  });

  test("takes a character outside the basic plane for one character of a pattern", () => {
    expect(check(text({ pattern: /./ }), "😀")).toBe("😀");
  });

  test("says in JSON Schema what JSON Schema can say", () => {
    expect(text().jsonSchema()).toEqual({ type: "string", maxLength: 10_000 });
    expect(text({ min: 1, max: 9, pattern: /[A-Z]{2}/ }).jsonSchema()).toEqual({
      type: "string",
      minLength: 1,
      maxLength: 9,
      pattern: "^(?:[A-Z]{2})$",
    });
    // Without the flag the schema would refuse what the field takes.
    expect(text({ max: 9, pattern: /[A-Z]{2}/i }).jsonSchema()).toEqual({ type: "string", maxLength: 9 });
    expect(text({ max: 9 }).optional().jsonSchema()).toEqual({ type: ["string", "null"], maxLength: 9 });
  });

  test("takes any text to compare with, whatever its length", () => {
    expect(text({ min: 5, max: 6 }).type.operand("a")).toBe("a");
    expect(text().type.operand(1)).toBeUndefined();
    expect(text().type.operand("\ud800")).toBeUndefined();
    expect(text().type.fromText("a,b")).toBe("a,b");
  });

  test.each([
    [text({ min: -1 }), ["has min: -1, which must be a finite number that is not negative"]],
    [text({ max: Number.NaN }), ["has max: NaN, which must be a finite number that is not negative"]],
    [text({ min: 3, max: 2 }), ["has min: 3 above max: 2"]],
    [text({ pattern: new RegExp(String.raw`\-`) }), ["has the pattern /\\-/, which is none with the flag u"]],
    [text({ min: 0, max: 0 }), []],
  ])("knows what is wrong with its declaration (%#)", (field, mistakes) => {
    expect(field.type.mistakes()).toEqual(mistakes);
  });

  test("is fast on a text of ten million characters", () => {
    const long = "a".repeat(10_000_000);
    check(text({ min: 1, pattern: /a+b?/ }), long);
    check(text(), `${long}\ud800`);
  });
});

describe("secret", () => {
  test("is checked like a text, and no query can compare it", () => {
    expect(check(secret({ max: 3 }), "abc")).toBe("abc");
    expect(check(secret({ max: 3 }), "abcd")).toMatchObject([{ code: "too_long" }]);
    expect(secret().type.family).toBe("none");
    expect(secret().type.name).toBe("secret");
  });
});
