import { describe, expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import type { Field } from "./field.ts";
import { boolean } from "./field-boolean.ts";
import { choice } from "./field-choice.ts";
import { money } from "./field-money.ts";
import { integer, number } from "./field-number.ts";

function check(field: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

const whole = "must be a whole number between -(2^53-1) and 2^53-1";

describe("number, integer and money", () => {
  test.each([0, 1, -1, 2 ** 53 - 1, -(2 ** 53) + 1])("all take %d", (value) => {
    for (const field of [number(), integer(), money()]) expect(check(field, value)).toBe(value);
  });

  test.each([0.5, 2 ** 53, 1e300, -1e-300])("only number takes %d", (value) => {
    expect(check(number(), value)).toBe(value);
    for (const field of [integer(), money()]) {
      expect(check(field, value)).toEqual([{ path: "/at", code: "wrong_type", message: `${whole}, and is ${value}` }]);
    }
  });

  test.each([Number.NaN, Infinity, -Infinity, "1", true, [1], { increment: 1 }, 1n])("none takes %s", (value) => {
    expect(check(number(), value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
    expect(check(integer(), value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
    expect(integer().type.operand(value)).toBeUndefined();
  });

  test("have one zero", () => {
    for (const field of [number(), integer(), money()]) {
      expect(check(field, -0)).toBe(0);
      expect(field.type.operand(-0)).toBe(0);
    }
  });

  test("hold to their limits, both inclusive", () => {
    const field = integer({ min: -2, max: 3 });
    expect(check(field, -2)).toBe(-2);
    expect(check(field, 3)).toBe(3);
    expect(check(field, -3)).toEqual([{ path: "/at", code: "too_small", message: "must be at least -2" }]);
    expect(check(field, 4)).toEqual([{ path: "/at", code: "too_large", message: "must be at most 3" }]);
  });

  test("are spelled in a URL as in JSON", () => {
    expect(number().type.fromText("-1.5e3")).toBe(-1500);
    expect(integer().type.fromText("42")).toBe(42);
    for (const spelled of ["", " 1", "1 ", "+1", ".5", "5.", "0x10", "1_000", "NaN", "Infinity", "1e", "１"]) {
      expect(number().type.fromText(spelled)).toBeUndefined();
    }
    // Too large for a double: infinite, and refused as such.
    expect(number().type.operand(number().type.fromText("1e999"))).toBeUndefined();
  });

  test("a fraction may be compared with a whole number", () => {
    expect(integer().type.operand(1.5)).toBe(1.5);
  });

  test("say their limits in JSON Schema", () => {
    expect(number().jsonSchema()).toEqual({ type: "number" });
    expect(number({ min: 0.5 }).jsonSchema()).toEqual({ type: "number", minimum: 0.5 });
    expect(integer().jsonSchema()).toEqual({ type: "integer", minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 });
    expect(money({ currency: "EUR", min: 0, max: 99 }).jsonSchema()).toEqual({
      type: "integer",
      minimum: 0,
      maximum: 99,
      description: "Minor units of EUR",
    });
  });

  test.each([
    [integer({ min: 2, max: 1 }), ["has min: 2 above max: 1"]],
    [number({ min: -Infinity }), ["has min: -Infinity, which must be a finite number"]],
    [money({ currency: "EURO" }), ['has the currency "EURO", which is no ISO 4217 code']],
    [money({ currency: "eur" }), ['has the currency "eur", which is no ISO 4217 code']],
    [money({ currency: "JPY", min: 0 }), []],
  ])("know what is wrong with their declaration (%#)", (field, mistakes) => {
    expect(field.type.mistakes()).toEqual(mistakes);
  });

  test("money is in US dollars unless told otherwise", () => {
    expect(money().type.options.currency).toBe("USD");
  });
});

describe("boolean", () => {
  test("is true or false, and nothing that looks like it", () => {
    expect(check(boolean(), true)).toBe(true);
    expect(check(boolean(), false)).toBe(false);
    for (const value of [0, 1, "true", "", [], {}]) {
      expect(check(boolean(), value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
      expect(boolean().type.operand(value)).toBeUndefined();
    }
    expect(check(boolean(), "yes")).toEqual([
      { path: "/at", code: "wrong_type", message: "must be true or false, and is a string" },
    ]);
  });

  test("is spelled true or false in a URL", () => {
    expect(["true", "false", "1", "TRUE", ""].map((spelled) => boolean().type.fromText(spelled))).toEqual([
      true,
      false,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("choice", () => {
  const status = choice(["placed", "paid"]);

  test("is one of its words", () => {
    expect(check(status, "paid")).toBe("paid");
    for (const value of ["Paid", "", "paid ", 0, ["paid"], { toString: () => "paid" }, "toString", "__proto__"]) {
      expect(check(status, value)).toEqual([
        { path: "/at", code: "not_a_choice", message: 'must be one of "placed", "paid"' },
      ]);
      expect(status.type.operand(value)).toBeUndefined();
    }
    expect(status.type.fromText("lost")).toBeUndefined();
  });

  test("says its words in JSON Schema, with null where it may be missing", () => {
    expect(status.jsonSchema()).toEqual({ type: "string", enum: ["placed", "paid"] });
    expect(status.optional().jsonSchema()).toEqual({
      anyOf: [{ type: "string", enum: ["placed", "paid"] }, { type: "null" }],
    });
  });

  test.each([
    [choice([]), ["has no choices"]],
    [choice(["a", "b", "a"]), ["names a choice twice"]],
    [choice(["a", ""]), ["has a choice that is no text"]],
  ])("knows what is wrong with its declaration (%#)", (field, mistakes) => {
    expect(field.type.mistakes()).toEqual(mistakes);
  });
});
