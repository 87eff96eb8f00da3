import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import { definitionMistakes } from "../../src/schema/definition-mistakes.ts";
import { backend } from "../../src/schema/backend.ts";
import type { Fields } from "../../src/schema/field.ts";
import type { JsonSchema } from "../../src/schema/field-type.ts";
import { objectSchema, recordSchema } from "../../src/schema/json-schema.ts";
import { createValidator, type Mode } from "../../src/schema/validator.ts";
import { arbitrary } from "../../src/testing/arbitrary.ts";
import { type FieldCase, fieldCases } from "../arbitraries/field-case.ts";
import { worlds } from "../arbitraries/world.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, addUsedSchema: false });
addFormats.default(ajv);

/** Values of which some fit and most don't. */
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, "", "a", "ß", 0, -1, 1.5, 2 ** 53, 1e300, true, [], {}, [null], ["a"], { a: 1 }),
  fc.constantFrom("2026-02-30", "2026-03-01", "2026-03-01T09:30:00.000Z", "a@b.c", "a@", { increment: 1 }),
  fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }).filter((value) => !JSON.stringify(value).includes("__proto__")),
);

interface Candidate {
  readonly fields: Fields;
  readonly sent: Record<string, unknown>;
}

/** Fields, and an object that is right for them but for a change or two. */
const candidates: fc.Arbitrary<Candidate> = fc
  .dictionary(fc.constantFrom("a", "b", "c", "d"), fieldCases, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
  .chain((cases: Record<string, FieldCase>) => {
    const entries = Object.entries(cases);
    // The few values that databases stumble over, and those that an application's own tests get.
    const right = fc.record(
      Object.fromEntries(entries.map(([name, one]) => [name, fc.oneof(one.values, arbitrary(one.field))])),
      { noNullPrototype: true },
    );
    const change = fc.oneof(
      fc.record({ name: fc.constantFrom(...entries.map(([name]) => name)), value: fc.option(anyValue) }),
      fc.record({ name: fc.constantFrom("unknown", "id"), value: anyValue }),
    );
    return fc.tuple(right, fc.array(change, { maxLength: 2 })).map(([sent, changes]) => {
      const changed: Record<string, unknown> = { ...sent };
      for (const { name, value } of changes) {
        if (value === null) delete changed[name];
        else changed[name] = value;
      }
      return { fields: Object.fromEntries(entries.map(([name, one]) => [name, one.field])), sent: changed };
    });
  });

function compile(schema: JsonSchema): ValidateFunction {
  return ajv.compile(schema);
}

function passes(fields: Fields, mode: Mode, value: unknown): boolean {
  try {
    createValidator(fields, mode).parse(value);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_input" });
    return false;
  }
}

test.each(["create", "replace", "input"] as const)("validator and JSON Schema agree on what is sent: %s", (mode) => {
  let fitting = 0;
  fc.assert(
    fc.property(candidates, ({ fields, sent }) => {
      const passed = passes(fields, mode, sent);
      fitting += Number(passed);
      expect({ sent, passed: compile(objectSchema(fields, mode))(sent) }).toEqual({ sent, passed });
    }),
    { numRuns: 300 },
  );
  // Were all of them refused, or none, nothing would have been compared.
  expect(fitting).toBeGreaterThan(50);
  expect(fitting).toBeLessThan(250);
});

test("the validator takes every patch that JSON Schema takes", () => {
  fc.assert(
    fc.property(candidates, ({ fields, sent }) => {
      if (compile(objectSchema(fields, "patch"))(sent)) expect(passes(fields, "patch", sent)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("what the validator answers is answered again as it is", () => {
  fc.assert(
    fc.property(candidates, ({ fields, sent }) => {
      const validator = createValidator<Record<string, unknown>>(fields, "input");
      if (!passes(fields, "input", sent)) return;
      const normal = validator.parse(sent);
      expect(validator.parse(normal)).toEqual(normal);
      expect(compile(objectSchema(fields, "input"))(normal)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("random backends make sense, and their records are as they would be answered", () => {
  fc.assert(
    fc.property(worlds, ({ collections, rows }) => {
      expect(definitionMistakes(backend({ collections }), collections, [])).toEqual([]);
      for (const collection of collections) {
        const conforms = compile(recordSchema(collection));
        const secrets = Object.keys(collection.fields).filter(
          (name) => collection.fields[name]?.type.name === "secret",
        );
        for (const row of rows.get(collection.name) ?? []) {
          const shown = Object.fromEntries(Object.entries(row).filter(([name]) => !secrets.includes(name)));
          expect(conforms(shown), JSON.stringify(conforms.errors)).toBe(true);
          expect(passes(collection.fields, "replace", row)).toBe(true);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("no value makes a validator throw anything but what is wrong", () => {
  const hostile = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    anyValue,
  );
  fc.assert(
    fc.property(
      fieldCases,
      hostile,
      fc.constantFrom<Mode>("create", "patch", "replace", "input"),
      (one, value, mode) => {
        passes({ a: one.field }, mode, { a: value });
        passes({ a: one.field }, mode, value);
        one.field.type.operand(value);
        if (typeof value === "string") one.field.type.fromText(value);
      },
    ),
    { numRuns: 2000 },
  );
});
