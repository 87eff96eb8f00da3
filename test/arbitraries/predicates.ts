import fc from "fast-check";
import type { Comparison, Operand, Predicate } from "../../src/query/predicate.ts";
import { searchWords } from "../../src/query/words.ts";
import { type Field, type Fields, itemOf } from "../../src/schema/field.ts";
import { systemNames } from "../../src/schema/names.ts";
import type { Model } from "../../src/schema/model.ts";
import { jsonKeys, jsonScalars, numbers, texts, times, wholeNumbers } from "./field-case.ts";

const order: readonly Comparison[] = ["lt", "lte", "gt", "gte"];
const deepest = 3;

/** A place that can be compared. */
interface Place {
  readonly field: string;
  readonly path: readonly string[];
}

/** Random predicates over a collection: comparisons of every field, JSON paths, relations, search, and, or, not. */
export function predicates(model: Model, name: string, depth = 0): fc.Arbitrary<Predicate> {
  const leaf = leaves(model, name, depth);
  if (depth >= deepest) return leaf;
  const inner = predicates(model, name, depth + 1);
  return fc.oneof(
    { maxDepth: 1, withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: inner.map((of): Predicate => ({ kind: "not", of })) },
    { weight: 1, arbitrary: members(inner).map((of): Predicate => ({ kind: "and", of })) },
    { weight: 1, arbitrary: members(inner).map((of): Predicate => ({ kind: "or", of })) },
    { weight: 1, arbitrary: fc.constantFrom<Predicate>({ kind: "always" }, { kind: "never" }) },
  );
}

function members(inner: fc.Arbitrary<Predicate>): fc.Arbitrary<Predicate[]> {
  return fc.array(inner, { minLength: 2, maxLength: 3 });
}

function leaves(model: Model, name: string, depth: number): fc.Arbitrary<Predicate> {
  const { fields, relations, searched } = model.collection(name);
  const own = [...fields].filter(([, { type }]) => type.family !== "none");
  // Fields that every record has are many, and the same everywhere.
  const declared = own.filter(([field]) => !systemNames.has(field));
  const leaf = fc
    .constantFrom(...own, ...declared, ...declared, ...declared)
    .chain(([field, type]) => conditions({ field, path: [] }, type));
  const others: fc.Arbitrary<Predicate>[] = [];
  if (relations.size > 0 && depth < deepest) {
    const related = fc.constantFrom(...relations.values()).chain((relation) =>
      predicates(model, relation.target, depth + 1).map((where): Predicate => ({
        kind: "related",
        relation: relation.name,
        where,
      })),
    );
    others.push(related);
  }
  if (searched.length > 0) {
    const words = fc.constantFrom("film", "the film", "f", "É", "a", "A b").map((spelled) => searchWords(spelled));
    others.push(words.map((found): Predicate => ({ kind: "search", words: found })));
  }
  return fc.oneof({ weight: 4, arbitrary: leaf }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

/** Conditions on a place of a type. */
function conditions(place: Place, field: Field): fc.Arbitrary<Predicate> {
  const { family, options } = field.type;
  const missing = fc.constant<Predicate>({ kind: "missing", ...place });
  if (family === "json") {
    return fc.oneof({ weight: 1, arbitrary: missing }, { weight: 4, arbitrary: jsonConditions(place) });
  }
  if (family === "object") {
    const inner = Object.entries(options.fields as Fields).map(([name, type]) =>
      conditions({ field: place.field, path: [...place.path, name] }, type),
    );
    return fc.oneof({ weight: 1, arbitrary: missing }, ...inner.map((arbitrary) => ({ weight: 2, arbitrary })));
  }
  const item = itemOf(field);
  if (item !== undefined) return fc.oneof(missing, compare(place, ["has"], operandsOf(item)));
  const operands = operandsOf(field);
  const comparisons: readonly Comparison[] = family === "boolean" ? ["eq"] : ["eq", ...order];
  return fc.oneof(
    { weight: 1, arbitrary: missing },
    { weight: 4, arbitrary: compare(place, comparisons, operands) },
    { weight: 1, arbitrary: among(place, operands) },
    ...(family === "text" ? [{ weight: 1, arbitrary: textConditions(place) }] : []),
  );
}

/** Conditions inside a JSON value, whose types nobody knows. */
function jsonConditions({ field, path }: Place): fc.Arbitrary<Predicate> {
  return fc.array(fc.constantFrom(...jsonKeys), { maxLength: 3 }).chain((keys) => {
    const place: Place = { field, path: [...path, ...keys] };
    return fc.oneof(
      fc.constant<Predicate>({ kind: "missing", ...place }),
      compare(place, ["eq"], jsonScalars),
      compare(
        place,
        order,
        jsonScalars.filter((operand) => typeof operand !== "boolean"),
      ),
      among(place, jsonScalars),
      textConditions(place),
    );
  });
}

function compare(
  place: Place,
  comparisons: readonly Comparison[],
  operands: fc.Arbitrary<Operand>,
): fc.Arbitrary<Predicate> {
  return fc.record({
    kind: fc.constant("compare" as const),
    field: fc.constant(place.field),
    path: fc.constant(place.path),
    comparison: fc.constantFrom(...comparisons),
    operand: operands,
  });
}

function among(place: Place, operands: fc.Arbitrary<Operand>): fc.Arbitrary<Predicate> {
  return fc
    .array(operands, { minLength: 1, maxLength: 3 })
    .map((chosen): Predicate => ({ kind: "in", ...place, operands: chosen }));
}

function textConditions(place: Place): fc.Arbitrary<Predicate> {
  return compare(place, ["contains", "startsWith"], fc.constantFrom(...texts));
}

/** Operands that meet the values of {@link fieldCases}. */
function operandsOf({ type }: Field): fc.Arbitrary<Operand> {
  if (type.family === "number") return fc.constantFrom(...wholeNumbers, ...numbers, 99, 100);
  if (type.family === "boolean") return fc.boolean();
  if (type.options.choices !== undefined) return fc.constantFrom(...type.options.choices);
  return fc.constantFrom(...texts, ...times, "2026-03-01", "a@b.c", "0192d3a0-7b1c-7def-8123-456789abcdef");
}
