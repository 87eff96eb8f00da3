import fc from "fast-check";
import { expect, test } from "vitest";
import { GalleyError } from "../../src/kit/galley-error.ts";
import {
  aggregateParameters,
  listParameters,
  parseAggregateQuery,
  parseListQuery,
  parseViewQuery,
  type QueryContext,
} from "../../src/query/query-parser.ts";
import { unrestrictedScope } from "../../src/query/scope.ts";
import { parseAggregateUrl, parseListUrl, parseViewUrl } from "../../src/query/url-query.ts";
import { type Field, type Fields, itemOf } from "../../src/schema/field.ts";
import type { Model } from "../../src/schema/model.ts";
import type { Operator } from "../../src/schema/operators.ts";
import { jsonKeys, numbers, texts, times, wholeNumbers } from "../arbitraries/field-case.ts";
import { type World, worldsWithCollection } from "../arbitraries/world.ts";

/** One condition in both spellings. */
interface Condition {
  readonly path: string;
  readonly operator: Operator;
  /** In a URL. */
  readonly spelled: string;
  /** In JSON. */
  readonly value: unknown;
}

type Literal = Pick<Condition, "spelled" | "value">;

const ordering: readonly Operator[] = ["eq", "ne", "lt", "lte", "gt", "gte"];
const plainTexts = texts.filter((text) => !["1", "true", "null"].includes(text));

function contextOf(world: World, name: string): QueryContext {
  return { model: world.model, collection: world.model.collection(name), scope: unrestrictedScope, mostRecords: 200 };
}

/** Conditions on the fields of a collection, inside their JSON, and through relations. */
function conditions(model: Model, name: string, prefix = "", depth = 0): fc.Arbitrary<Condition> {
  const { fields, relations } = model.collection(name);
  const own = [...fields].filter(([, { type }]) => type.family !== "none");
  const here = fc.constantFrom(...own).chain(([field, type]) => at(`${prefix}${field}`, type));
  if (relations.size === 0 || depth === 2) return here;
  const beyond = fc
    .constantFrom(...relations.values())
    .chain((relation) => conditions(model, relation.target, `${prefix}${relation.name}.`, depth + 1));
  return fc.oneof({ weight: 2, arbitrary: here }, { weight: 1, arbitrary: beyond });
}

function at(path: string, field: Field): fc.Arbitrary<Condition> {
  const { family, options } = field.type;
  const missing = fc.boolean().map((value): Condition => ({ path, operator: "isNull", spelled: String(value), value }));
  if (family === "json") {
    const steps = fc.array(fc.constantFrom(...jsonKeys), { minLength: 1, maxLength: 3 });
    return fc.oneof(
      missing,
      steps.chain((keys) => compared(`${path}.${keys.join(".")}`, ["eq", "ne"], literal("json"))),
    );
  }
  if (family === "object") {
    const inner = Object.entries(options.fields as Fields).map(([name, type]) => at(`${path}.${name}`, type));
    return fc.oneof(missing, ...inner);
  }
  const item = itemOf(field);
  if (item !== undefined) return fc.oneof(missing, compared(path, ["has"], literalOf(item)));
  const operators = family === "boolean" ? ordering.slice(0, 2) : ordering;
  const among = fc
    .tuple(fc.constantFrom<Operator>("in", "nin"), fc.array(literalOf(field), { minLength: 1, maxLength: 3 }))
    .map(([operator, literals]): Condition => ({
      path,
      operator,
      spelled: literals.map(({ spelled }) => spelled).join(","),
      value: literals.map(({ value }) => value),
    }));
  return fc.oneof(missing, among, compared(path, operators, literalOf(field)));
}

function compared(
  path: string,
  operators: readonly Operator[],
  literals: fc.Arbitrary<Literal>,
): fc.Arbitrary<Condition> {
  return fc
    .tuple(fc.constantFrom(...operators), literals)
    .map(([operator, one]): Condition => ({ path, operator, ...one }));
}

function literalOf({ type }: Field): fc.Arbitrary<Literal> {
  const { choices } = type.options;
  return choices === undefined ? literal(type.name) : fc.constantFrom(...choices).map(same);
}

function literal(name: string): fc.Arbitrary<Literal> {
  const spelledNumbers = fc
    .constantFrom(...wholeNumbers, ...numbers)
    .map((value) => ({ spelled: String(value), value }));
  switch (name) {
    case "integer":
    case "number":
    case "money":
      return spelledNumbers;
    case "boolean":
      return fc.boolean().map((value) => ({ spelled: String(value), value }));
    case "json":
      return fc.oneof(spelledNumbers, literal("boolean"), fc.constantFrom(...plainTexts).map(same));
    case "timestamp":
      return fc.constantFrom(...times, "2026-03-01T09:30:00+01:00").map(same);
    case "date":
      return fc.constantFrom("2026-03-01", "0001-01-01").map(same);
    case "email":
      return fc.constantFrom("a@b.c", "Ada@Example.com").map(same);
    case "uuid":
      return fc.uuid().map(same);
    default:
      return fc.constantFrom(...texts).map(same);
  }
}

function same(text: string): Literal {
  return { spelled: text, value: text };
}

const cases = worldsWithCollection.chain(({ world, name }) =>
  fc.record({
    world: fc.constant(world),
    name: fc.constant(name),
    conditions: fc.array(conditions(world.model, name), { maxLength: 4 }),
  }),
);

/** Fields whose names mean something else in a URL are compared by their operator. */
const taken = new Set([...listParameters, ...aggregateParameters]);

function parameter({ path, operator, spelled }: Condition, short: boolean): string {
  const name = operator === "eq" && short && !taken.has(path) ? path : `${path}[${operator}]`;
  return `${encodeURIComponent(name)}=${encodeURIComponent(spelled)}`;
}

test("a query string and JSON that say the same are the same predicate", () => {
  fc.assert(
    fc.property(cases, fc.boolean(), ({ world, name, conditions: found }, short) => {
      const context = contextOf(world, name);
      const url = found.map((one) => parameter(one, short)).join("&");
      const where = { and: found.map(({ path, operator, value }) => ({ [path]: { [operator]: value } })) };
      const parsed = parseListQuery({ where }, context);
      expect(parseListUrl(url, context)).toEqual(parsed);
      expect(parseListUrl(`where=${encodeURIComponent(JSON.stringify(where))}`, context)).toEqual(parsed);
      expect(parseAggregateUrl(url, context)).toEqual(parseAggregateQuery({ where }, context));
    }),
    { numRuns: 500 },
  );
});

test("a path may be spelled with dots or with nested objects", () => {
  fc.assert(
    fc.property(cases, ({ world, name, conditions: found }) => {
      const context = contextOf(world, name);
      for (const { path, operator, value } of found) {
        const dotted = parseListQuery({ where: { [path]: { [operator]: value } } }, context);
        const nested = path
          .split(".")
          .reduceRight<unknown>((inner, step) => ({ [step]: inner }), { [operator]: value });
        expect(parseListQuery({ where: nested }, context)).toEqual(dotted);
      }
    }),
    { numRuns: 300 },
  );
});

/** Whatever is thrown has to be something that a client can act on. */
function settles(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(GalleyError);
    expect(["invalid_query", "malformed"]).toContain((error as GalleyError).code);
  }
}

test("no query makes a parser throw anything but what is wrong with it", () => {
  const parameters = ["where", "sort", "limit", "after", "select", "include", "search", "total", "group", "sum", "x"];
  const keys = fc.oneof(
    fc.constantFrom("and", "or", "not", "eq", "in", "has", "id", "title", "value", "parent"),
    fc.string(),
  );
  const value = fc.anything({ key: keys, maxDepth: 4, withBigInt: true, withNullPrototype: true });
  const input = fc.oneof(value, fc.dictionary(fc.constantFrom(...parameters), value));
  fc.assert(
    fc.property(worldsWithCollection, input, ({ world, name }, given) => {
      const context = contextOf(world, name);
      settles(() => parseListQuery(given, context));
      settles(() => parseViewQuery(given, context));
      settles(() => parseAggregateQuery(given, context));
    }),
    { numRuns: 500 },
  );
});

test("no query string makes a parser throw anything but what is wrong with it", () => {
  const names = fc.constantFrom(
    "where",
    "sort",
    "limit",
    "after",
    "include",
    "title",
    "value.a",
    "parent.id",
    "id[in]",
    "a[",
  );
  const pair = fc
    .tuple(fc.oneof(names, fc.string({ unit: "binary" })), fc.string({ unit: "binary" }))
    .map((one) => one.join("="));
  const query = fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join("&"));
  fc.assert(
    fc.property(worldsWithCollection, query, ({ world, name }, given) => {
      const context = contextOf(world, name);
      settles(() => parseListUrl(given, context));
      settles(() => parseViewUrl(given, context));
      settles(() => parseAggregateUrl(given, context));
    }),
    { numRuns: 500 },
  );
});
