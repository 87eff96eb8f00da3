import { expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import { boolean } from "./field-boolean.ts";
import { email } from "./field-email.ts";
import { list } from "./field-list.ts";
import { integer } from "./field-number.ts";
import { object } from "./field-object.ts";
import { text } from "./field-text.ts";

const address = object({
  street: text({ min: 1 }),
  contact: email().optional(),
  private: boolean().default(false),
  floors: list(object({ level: integer() })).default([]),
});

function check(value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = address.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

test("is answered whole: normal forms, defaults, null for what is missing", () => {
  expect(check({ street: "Main", contact: "A@B.C" })).toEqual({
    street: "Main",
    contact: "a@b.c",
    private: false,
    floors: [],
  });
  expect(check({ street: "Main", floors: [{ level: 1 }], private: true })).toEqual({
    street: "Main",
    contact: null,
    private: true,
    floors: [{ level: 1 }],
  });
});

test("reports everything inside at its place, unknown keys too", () => {
  expect(check({ contact: "x", private: null, floors: [{}, { level: 1, "a/b": 2 }], colour: "red" })).toEqual([
    { path: "/at/street", code: "required", message: "is required" },
    { path: "/at/contact", code: "invalid_format", message: expect.any(String) },
    { path: "/at/private", code: "required", message: "is required" },
    { path: "/at/floors/0/level", code: "required", message: "is required" },
    { path: "/at/floors/1/a~1b", code: "unknown_field", message: "is not a field here" },
    { path: "/at/colour", code: "unknown_field", message: "is not a field here" },
  ]);
});

test.each([[[]], ["x"], [1], [true]])("%j is no object", (value) => {
  expect(check(value)).toMatchObject([{ path: "/at", code: "wrong_type" }]);
});

test("what an object inherits is not what it was sent", () => {
  expect(check(Object.create({ street: "Main" }))).toMatchObject([{ path: "/at/street", code: "required" }]);
  expect(check(JSON.parse('{"street":"Main","__proto__":{"private":true}}'))).toMatchObject([
    { path: "/at/__proto__", code: "unknown_field" },
  ]);
});

test.each([
  [object({ a: text({ min: -1 }) }), "has a, which has min: -1, which must be a finite number that is not negative"],
  [object({ a: text().default(() => "x") }), "has a, whose default must be a plain value"],
  [object({ a: text().hidden() }), "has a, which is hidden; hide the whole object"],
  [object({ "a-b": text() }), 'has "a-b" inside, whose name must be a camelCase identifier'],
  [object({ constructor: text() }), "has constructor inside, a name that is kept for Galley"],
  [object({ in: text() }), "has in inside, a name that is kept for Galley"],
  [object({ a: "text" as never }), "has a, which is no field"],
])("knows what is wrong with its declaration (%#)", (field, mistake) => {
  expect(field.type.mistakes()).toEqual([expect.stringContaining(mistake)]);
});
