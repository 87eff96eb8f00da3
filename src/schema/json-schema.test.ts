import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { collection } from "./collection.ts";
import { boolean } from "./field-boolean.ts";
import { choice } from "./field-choice.ts";
import { computed } from "./field-computed.ts";
import { date } from "./field-date.ts";
import { email } from "./field-email.ts";
import { json } from "./field-json.ts";
import { list } from "./field-list.ts";
import { money } from "./field-money.ts";
import { integer, number } from "./field-number.ts";
import { object } from "./field-object.ts";
import { ref } from "./field-ref.ts";
import { slug } from "./field-slug.ts";
import { secret, text } from "./field-text.ts";
import { timestamp } from "./field-timestamp.ts";
import type { JsonSchema } from "./field-type.ts";
import { url } from "./field-url.ts";
import { uuid } from "./field-uuid.ts";
import { objectSchema, outputSchema, recordSchema } from "./json-schema.ts";
import { everyone, role } from "./rule.ts";
import { createValidator, type Mode } from "./validator.ts";

const films = collection("films", {
  fields: {
    title: text({ max: 200, pattern: /[^<>]*/ }),
    slug: slug({ from: "title" }),
    status: choice(["draft", "published"]).default("draft"),
    genre: choice(["comedy", "drama"]).optional(),
    stock: integer({ min: 0 }),
    rating: number({ max: 10 }).optional(),
    price: money(),
    onSale: boolean().default(false),
    tags: list(text({ max: 9 }), { max: 3 }).default([]),
    size: object({ width: integer(), unit: text().default("cm"), frame: object({ width: integer() }).optional() }),
    meta: json().optional(),
    director: ref("people").optional(),
    contact: email().optional(),
    site: url().optional(),
    device: uuid().optional(),
    released: date().optional(),
    shownAt: timestamp().default(({ now }) => now),
    cost: money().readable(role("admin")),
    note: text().optional().hidden(),
    key: secret().optional(),
    inStock: computed(boolean(), (film: { stock: number }) => film.stock > 0),
    best: computed(text().optional(), () => null),
  },
  access: { read: everyone },
});

const sent = { title: "M", stock: 1, price: 100, cost: 50, size: { width: 3 } };
const answered = {
  id: "0192d3a0-7b1c-7def-8123-456789abcdef",
  ...sent,
  slug: "m",
  status: "draft",
  genre: null,
  rating: 8.5,
  onSale: false,
  tags: ["a"],
  size: { width: 3, unit: "cm", frame: null },
  meta: { a: [1, null] },
  director: null,
  contact: "ada@example.com",
  site: "https://example.com/",
  device: "0192d3a0-7b1c-7def-8123-456789abcdef",
  released: "2026-03-01",
  shownAt: "2026-03-01T09:30:00.000Z",
  inStock: true,
  best: null,
  createdAt: "2026-03-01T09:30:00.000Z",
  updatedAt: "2026-03-01T09:30:00.000Z",
  version: 1,
};

function compile(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(schema);
}

test("every schema is valid JSON Schema 2020-12, strictly read", () => {
  const modes: Mode[] = ["create", "replace", "patch", "input"];
  const schemas = [
    ...modes.map((mode) => objectSchema(films.fields, mode)),
    recordSchema(films),
    outputSchema(films.fields),
  ];
  for (const schema of schemas) {
    expect(() => compile(schema)).not.toThrow();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  }
});

describe.each(["create", "input"] as const)("what is sent to %s", (mode) => {
  const conforms = compile(objectSchema(films.fields, mode));

  test("needs only what has no default and can't be missing", () => {
    expect(objectSchema(films.fields, mode)["required"]).toEqual(["title", "stock", "price", "size", "cost"]);
    expect(conforms(sent)).toBe(true);
  });

  test.each([
    { ...sent, title: null },
    { ...sent, title: "<b>" },
    { ...sent, colour: "red" },
    { ...sent, id: "1" },
    { ...sent, inStock: true },
    { ...sent, status: null },
    { ...sent, genre: "western" },
    { ...sent, stock: 2 ** 53 },
    { ...sent, size: { width: 1, depth: 2 } },
    { ...sent, size: {} },
    { ...sent, tags: ["a", null] },
    { ...sent, slug: "Not a slug" },
  ])("refuses what the validator refuses (%#)", (value) => {
    expect(conforms(value)).toBe(false);
    expect(() => createValidator(films.fields, mode).parse(value)).toThrow();
  });

  test("tells hidden fields and defaults apart from the rest", () => {
    const properties = objectSchema(films.fields, mode)["properties"];
    expect(properties).toMatchObject({
      note: { type: ["string", "null"], writeOnly: true },
      key: { writeOnly: true },
      status: { enum: ["draft", "published"], default: "draft" },
    });
    expect(properties).not.toHaveProperty("shownAt.default");
    expect(properties).not.toHaveProperty("inStock");
  });
});

test("what replaces a record may be the record as it was answered", () => {
  const conforms = compile(objectSchema(films.fields, "replace"));
  expect(conforms(answered)).toBe(true);
  expect(() => createValidator(films.fields, "replace").parse(answered)).not.toThrow();
  expect(conforms({ ...answered, colour: "red" })).toBe(false);
});

describe("a patch", () => {
  const conforms = compile(objectSchema(films.fields, "patch"));

  test.each([
    {},
    { title: "N" },
    { stock: { increment: -1 } },
    { rating: { increment: 0.5 } },
    { rating: null },
    { size: { unit: "in" } },
    { size: { unit: null, frame: { width: null } } },
    { size: { frame: null } },
    { meta: { a: null } },
    { meta: null },
  ])("may be $0", (patch) => {
    expect(conforms(patch)).toBe(true);
    expect(() => createValidator(films.fields, "patch").parse(patch)).not.toThrow();
  });

  test.each([
    { title: null },
    { stock: { increment: 0.5 } },
    { stock: { increment: 1, twice: true } },
    { title: { increment: 1 } },
    { inStock: true },
    { version: 2 },
    { colour: "red" },
  ])("can't be $0", (patch) => {
    expect(conforms(patch)).toBe(false);
    expect(() => createValidator(films.fields, "patch").parse(patch)).toThrow();
  });
});

describe("a record as it is answered", () => {
  const conforms = compile(recordSchema(films));

  test("has everything that everybody may see", () => {
    expect(conforms(answered)).toBe(true);
    const { cost: _, ...withoutCost } = answered;
    expect(conforms(withoutCost)).toBe(true);
    const { stock: __, ...withoutStock } = answered;
    expect(conforms(withoutStock)).toBe(false);
  });

  test("has nothing hidden", () => {
    expect(recordSchema(films)["properties"]).not.toHaveProperty("note");
    expect(recordSchema(films)["properties"]).not.toHaveProperty("key");
    expect(conforms({ ...answered, note: "x" })).toBe(false);
  });

  test("has the id that the collection says", () => {
    const countries = collection("countries", { id: text({ min: 2, max: 2 }), fields: {} });
    expect(recordSchema(countries)["properties"]).toMatchObject({
      id: { type: "string", minLength: 2, maxLength: 2, readOnly: true },
    });
    expect(recordSchema(films)["properties"]).toMatchObject({ id: { format: "uuid", readOnly: true } });
  });
});

test("an output is always whole, without what is hidden", () => {
  const schema = outputSchema({ total: money(), note: text().optional(), key: secret() });
  expect(schema["required"]).toEqual(["total", "note"]);
  const conforms = compile(schema);
  expect(conforms({ total: 1, note: null })).toBe(true);
  expect(conforms({ total: 1 })).toBe(false);
  expect(conforms({ total: 1, note: null, key: "x" })).toBe(false);
});
