import { expect, test } from "vitest";
import type { Violation } from "../kit/error-codes.ts";
import { collection } from "./collection.ts";
import { boolean } from "./field-boolean.ts";
import { computed } from "./field-computed.ts";
import { type Field, isHidden } from "./field.ts";
import { record } from "./field-record.ts";
import { ref } from "./field-ref.ts";
import { secret, text } from "./field-text.ts";

function check(field: Field, value: unknown): unknown {
  const violations: Violation[] = [];
  const checked = field.validate(value, "/at", violations);
  return violations.length === 0 ? checked : violations;
}

test.each(["1", "0192d3a0-7b1c-7def-8123-456789abcdef", "a".repeat(200), "😀".repeat(200)])("%s may be an id", (id) => {
  expect(check(ref("films"), id)).toBe(id);
  expect(ref("films").type.operand(id)).toBe(id);
});

test.each([
  ["", "no id"],
  ["a".repeat(201), "no id"],
  ["\ud800", "no id"],
  ["a\0", "no id"],
  [1, "a number"],
  [{ id: "1" }, "an object"],
])("%j is no id", (value, is) => {
  expect(check(ref("films"), value)).toEqual([
    { path: "/at", code: "wrong_type", message: `must be the id of a record of films, and is ${is}` },
  ]);
});

test("a ref keeps what it refers to from being deleted, unless told otherwise", () => {
  expect(ref("films").type.options).toMatchObject({ target: "films", onDelete: "restrict" });
  expect(ref("films", { onDelete: "cascade", inverse: "lines" }).type.options).toMatchObject({
    onDelete: "cascade",
    inverse: "lines",
  });
});

test("JSON Schema names what is referred to", () => {
  expect(ref("films").optional().jsonSchema()).toEqual({
    type: ["string", "null"],
    minLength: 1,
    maxLength: 200,
    description: "Id of a record of films",
  });
});

test("what is computed is neither stored nor sent", () => {
  const inStock = computed(boolean(), (film: { stock: number }) => film.stock > 0);
  expect(inStock.modifiers.presence).toBe("computed");
  expect(inStock.type.storage).toBe("none");
  expect(inStock.type.operand(true)).toBeUndefined();
  expect(inStock.jsonSchema()).toEqual({ type: "boolean", readOnly: true });
  expect(inStock.type.options.compute?.({ stock: 1 } as never)).toBe(true);
});

test("a record in an output is described by its collection", () => {
  const films = collection("films", { fields: {} });
  expect(record(films).jsonSchema()).toEqual({ $ref: "#/components/schemas/films" });
  expect(record(films).optional().jsonSchema()).toEqual({
    anyOf: [{ $ref: "#/components/schemas/films" }, { type: "null" }],
  });
});

test("a modifier makes another field and leaves the first as it was", () => {
  const plain = text();
  const modified = plain.optional().unique().search().hidden();
  expect(plain.modifiers).toMatchObject({ presence: "required", visibility: "shown", unique: false, search: false });
  expect(modified.modifiers).toMatchObject({ presence: "optional", visibility: "hidden", unique: true, search: true });
  expect([isHidden(plain), isHidden(modified), isHidden(secret()), isHidden(secret().optional())]).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
