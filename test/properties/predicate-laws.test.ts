import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches } from "../../src/query/evaluate.ts";
import { allOf, anyOf, negate, type Operand, type Predicate, usesRelations } from "../../src/query/predicate.ts";
import { createQueryReport } from "../../src/query/query-report.ts";
import { unrestrictedScope } from "../../src/query/scope.ts";
import type { Row } from "../../src/query/sort.ts";
import { parseWhere } from "../../src/query/where-parser.ts";
import { predicates } from "../arbitraries/predicates.ts";
import { evaluationContext, type World, worldsWithCollection } from "../arbitraries/world.ts";

/** A world with a record of it and three predicates about such records. */
const cases = worldsWithCollection
  .filter(({ world, name }) => (world.rows.get(name) ?? []).length > 0)
  .chain(({ world, name }) =>
    fc.record({
      world: fc.constant(world),
      name: fc.constant(name),
      row: fc.constantFrom(...(world.rows.get(name) ?? [])),
      p: predicates(world.model, name),
      q: predicates(world.model, name),
      r: predicates(world.model, name),
    }),
  );

function holds(world: World, name: string, row: Row, predicate: Predicate): boolean {
  return matches(predicate, row, evaluationContext(world, name));
}

function law(
  name: string,
  check: (is: (predicate: Predicate) => boolean, p: Predicate, q: Predicate, r: Predicate) => void,
): void {
  test(name, () => {
    fc.assert(
      fc.property(cases, ({ world, name, row, p, q, r }) =>
        check((predicate) => holds(world, name, row, predicate), p, q, r),
      ),
      { numRuns: 300 },
    );
  });
}

describe("predicates in memory are two-valued", () => {
  law("not not p is p", (is, p) => {
    expect(is({ kind: "not", of: { kind: "not", of: p } })).toBe(is(p));
    expect(is(negate(negate(p)))).toBe(is(p));
    expect(is(negate(p))).toBe(!is(p));
  });

  law("not (p and q) is not p or not q, and the other way round", (is, p, q) => {
    expect(is(negate(allOf([p, q])))).toBe(is(anyOf([negate(p), negate(q)])));
    expect(is(negate(anyOf([p, q])))).toBe(is(allOf([negate(p), negate(q)])));
  });

  law("and and or are what they are called, flattened or not", (is, p, q, r) => {
    const both = is(p) && is(q) && is(r);
    expect(is(allOf([p, allOf([q, r])]))).toBe(both);
    expect(is({ kind: "and", of: [p, { kind: "and", of: [q, r] }] })).toBe(both);
    const one = is(p) || is(q) || is(r);
    expect(is(anyOf([anyOf([p, q]), r]))).toBe(one);
    expect(is({ kind: "or", of: [{ kind: "or", of: [p, q] }, r] })).toBe(one);
  });

  law("p and (q or r) is (p and q) or (p and r)", (is, p, q, r) => {
    expect(is(allOf([p, anyOf([q, r])]))).toBe(is(anyOf([allOf([p, q]), allOf([p, r])])));
  });

  law("p or not p is always, p and not p is never", (is, p) => {
    expect(is(anyOf([p, negate(p)]))).toBe(true);
    expect(is(allOf([p, negate(p)]))).toBe(false);
  });

  law("all of nothing is always, any of nothing is never", (is, p) => {
    expect(is(allOf([]))).toBe(true);
    expect(is(anyOf([]))).toBe(false);
    expect(is(allOf([p]))).toBe(is(p));
    expect(is(anyOf([p, allOf([])]))).toBe(true);
    expect(is(allOf([p, anyOf([])]))).toBe(false);
  });

  test("one without relations is decided from the record alone", () => {
    fc.assert(
      fc.property(cases, ({ world, name, row, p }) => {
        const alone = {
          searched: world.model.collection(name).searched,
          related: () => {
            throw new Error("asked for more than the record");
          },
        };
        if (!usesRelations(p)) expect(matches(p, row, alone)).toBe(holds(world, name, row, p));
      }),
      { numRuns: 300 },
    );
  });
});

/** A field of scalars with operands of its type, and a record. */
const comparisons = cases.chain(({ world, name, row }) => {
  const { fields } = world.model.collection(name);
  const scalars = [...fields].filter(([, { type }]) => ["text", "number", "boolean"].includes(type.family));
  return fc.constantFrom(...scalars).chain(([field]) => {
    const found = (world.rows.get(name) ?? []).map((one) => one[field]).filter((value) => value !== null) as Operand[];
    const operands: fc.Arbitrary<Operand[]> =
      found.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...found), { minLength: 1, maxLength: 3 });
    return fc.record({
      world: fc.constant(world),
      name: fc.constant(name),
      row: fc.constant(row),
      field: fc.constant(field),
      operands,
    });
  });
});

describe("the operators of the JSON spelling", () => {
  function operatorLaw(name: string, left: (field: string, operands: Operand[]) => unknown, right: typeof left): void {
    test(name, () => {
      fc.assert(
        fc.property(comparisons, ({ world, name, row, field, operands }) => {
          const is = (where: unknown): boolean => {
            const report = createQueryReport();
            const context = { model: world.model, scope: unrestrictedScope, report };
            const predicate = parseWhere(where, world.model.collection(name), context);
            report.settle();
            return holds(world, name, row, predicate);
          };
          expect(is(left(field, operands))).toBe(is(right(field, operands)));
        }),
        { numRuns: 300 },
      );
    });
  }

  operatorLaw(
    "ne is not eq, with missing values too",
    (field, [operand = null]) => ({ [field]: { ne: operand } }),
    (field, [operand = null]) => ({ not: { [field]: { eq: operand } } }),
  );
  operatorLaw(
    "in is eq with one or the other",
    (field, operands) => ({ [field]: { in: operands } }),
    (field, operands) => ({ or: operands.map((operand) => ({ [field]: operand })) }),
  );
  operatorLaw(
    "nin is ne with all of them",
    (field, operands) => ({ [field]: { nin: [...operands, null] } }),
    (field, operands) => ({ and: [...operands, null].map((operand) => ({ [field]: { ne: operand } })) }),
  );
  operatorLaw(
    "eq null is isNull, ne null is not",
    (field) => ({ and: [{ [field]: null }, { [field]: { isNull: false } }] }),
    () => ({ or: [] }),
  );
  operatorLaw(
    "several operators must all hold",
    (field, [operand = null]) => ({ [field]: { eq: operand, isNull: operand === null } }),
    (field, [operand = null]) => ({ [field]: operand }),
  );
});
