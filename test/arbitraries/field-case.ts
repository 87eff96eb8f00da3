import fc from "fast-check";
import { boolean } from "../../src/schema/field-boolean.ts";
import { choice } from "../../src/schema/field-choice.ts";
import { date } from "../../src/schema/field-date.ts";
import { email } from "../../src/schema/field-email.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { money } from "../../src/schema/field-money.ts";
import { integer, number } from "../../src/schema/field-number.ts";
import { object } from "../../src/schema/field-object.ts";
import { secret, text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import type { Field } from "../../src/schema/field.ts";
import { uuid } from "../../src/schema/field-uuid.ts";

/** A field, and values of it in their normal form. Values are few, so that they meet: equal ones, neighbours, ties. */
export interface FieldCase {
  readonly field: Field;
  readonly values: fc.Arbitrary<unknown>;
}

/** Texts that databases order, match or quote differently where they aren't told. */
export const texts: readonly string[] = [
  "",
  "a",
  "A",
  "aa",
  "ab",
  "b",
  "a b",
  "a%",
  "a_b",
  "it's",
  '"q"',
  "back\\slash",
  "1",
  "true",
  "null",
  "é",
  "e\u0301",
  "ß",
  "\ud7ff",
  "\ufffd",
  "\uffff",
  "😀",
  "😀b",
  "line\nbreak",
];

export const wholeNumbers: readonly number[] = [-1, 0, 1, 2, 10, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1];
export const numbers: readonly number[] = [-1.5, 0, 0.1, 1, 1.5, 2, 1e-300, 1e300, 5e-324, Number.MAX_VALUE];
const uuids = ["00000000-0000-7000-8000-000000000001", "0192d3a0-7b1c-7def-8123-456789abcdef"];
const dates = ["0001-01-01", "1970-01-01", "2026-02-28", "2026-03-01", "9999-12-31"];

/** Times in their normal form. */
export const times: readonly string[] = [
  "0001-01-01T00:00:00.000Z",
  "1970-01-01T00:00:00.000Z",
  "2026-03-01T09:30:00.000Z",
  "2026-03-01T09:30:00.001Z",
  "9999-12-31T23:59:59.999Z",
];

const oneOf = (values: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values);

/** A value inside JSON that can be compared. */
export const jsonScalars: fc.Arbitrary<string | number | boolean> = fc.oneof(
  fc.constantFrom("", "a", "b", "1", "true", "null", "😀", "\uffff"),
  fc.constantFrom(-1, 0, 1, 1.5, 2 ** 53 - 1, 5e-324, Number.MAX_VALUE),
  fc.boolean(),
);

/** Keys that random JSON values have, and that predicates ask for. */
export const jsonKeys = ["a", "b", "c-d"] as const;

/** JSON values, never null, of which predicates can reach what is inside. */
const { value: jsonValues, object: jsonObjects } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, jsonScalars, tie("array"), tie("object")),
  array: fc.array(fc.oneof(fc.constant(null), tie("value")), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...jsonKeys), fc.oneof(fc.constant(null), tie("value"), tie("value")), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
}));

const scalarCases: readonly FieldCase[] = [
  { field: text(), values: oneOf(texts) },
  { field: integer(), values: oneOf(wholeNumbers) },
  { field: number(), values: oneOf(numbers) },
  { field: money(), values: oneOf([0, 1, 99, 100]) },
  { field: boolean(), values: fc.boolean() },
  { field: choice(["b", "a", "A", "ß"]), values: oneOf(["b", "a", "A", "ß"]) },
  { field: date(), values: oneOf(dates) },
  { field: timestamp(), values: oneOf(times) },
  { field: uuid(), values: oneOf(uuids) },
  { field: email(), values: oneOf(["a@b.c", "a@b.d", "b@b.c"]) },
];

const scalars = fc.constantFrom(...scalarCases);

const lists: fc.Arbitrary<FieldCase> = scalars.map(({ field, values }) => ({
  field: list(field),
  values: fc.array(values, { maxLength: 3 }),
}));

const objects: fc.Arbitrary<FieldCase> = fc
  .tuple(optionally(scalars), optionally(fc.oneof(scalars, lists)))
  .map(([a, b]) => ({
    field: object({ a: a.field, b: b.field }),
    values: fc.record({ a: a.values, b: b.values }, { noNullPrototype: true }),
  }));

const nested: fc.Arbitrary<FieldCase> = fc.oneof(
  lists,
  objects,
  fc.constant({ field: json(), values: fc.oneof(jsonObjects, jsonValues) }),
  fc.constant({ field: secret(), values: oneOf(texts) }),
);

/** A field of any kind but `ref`, optional or not, some texts searched. */
export const fieldCases: fc.Arbitrary<FieldCase> = optionally(
  fc.oneof(
    { weight: 4, arbitrary: scalars },
    { weight: 4, arbitrary: nested },
    {
      weight: 1,
      arbitrary: fc.constant({ field: text().search(), values: oneOf(["the film", "a FILM", "é", ...texts]) }),
    },
  ),
);

function optionally(cases: fc.Arbitrary<FieldCase>): fc.Arbitrary<FieldCase> {
  return fc
    .tuple(cases, fc.boolean())
    .map(([one, optional]) =>
      optional ? { field: one.field.optional(), values: fc.option(one.values, { freq: 3 }) } : one,
    );
}
