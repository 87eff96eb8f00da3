import fc from "fast-check";
import type { EvaluationContext } from "../../src/query/evaluate.ts";
import { matches } from "../../src/query/evaluate.ts";
import type { Predicate } from "../../src/query/predicate.ts";
import { compareRows, type Row, type SortTerm } from "../../src/query/sort.ts";
import { collection, type Collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { type Field, itemOf } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type FieldCase, fieldCases, times } from "./field-case.ts";

/** A random backend: two or three collections that refer to each other, and the records in them. */
export interface World {
  readonly collections: readonly Collection[];
  readonly model: Model;
  /** Valid records by the name of their collection, whole, as engines hold them; none is there twice. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** Names that SQL has a use for, too. */
const collectionNames = ["films", "order", "people", "values"];
const fieldNames = ["title", "group", "value", "key", "total", "from", "select", "type", "rowid", "index"];
const refNames = ["parent", "table", "owner"];
const mostRows = 8;

interface Shape {
  readonly name: string;
  readonly ownIds: boolean;
  readonly cases: Readonly<Record<string, FieldCase>>;
  /** Name of a ref -> index of the collection that it leads to. */
  readonly refs: Readonly<Record<string, number>>;
}

const shapes: fc.Arbitrary<readonly Shape[]> = fc
  .uniqueArray(fc.constantFrom(...collectionNames), { minLength: 2, maxLength: 3 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({
          name: fc.constant(name),
          ownIds: fc.boolean(),
          cases: fc.dictionary(fc.constantFrom(...fieldNames), fieldCases, { minKeys: 1, maxKeys: 5 }),
          refs: fc.dictionary(fc.constantFrom(...refNames), fc.nat(names.length - 1), { maxKeys: 2 }),
        }),
      ),
    ),
  );

/** Random backends with records. */
export const worlds: fc.Arbitrary<World> = shapes.chain((drawn) =>
  fc.tuple(...drawn.map((shape) => rowsOf(shape))).map((drafts) => {
    const collections = drawn.map((shape) => declare(shape, drawn));
    const named = drafts.map((rows, index): [string, readonly Row[]] => [
      drawn[index]?.name ?? "",
      rows.map((row) => withRefs(row, drawn[index], drafts)),
    ]);
    const world: World = { collections, model: createModel(collections), rows: new Map(named) };
    return Object.assign(world, { [fc.toStringMethod]: () => describe(world) });
  }),
);

/** A backend together with one of its collections, which is where predicates and orders begin. */
export const worldsWithCollection: fc.Arbitrary<{ readonly world: World; readonly name: string }> = worlds.chain(
  (world) => fc.record({ world: fc.constant(world), name: fc.constantFrom(...world.rows.keys()) }),
);

/** What memory needs to evaluate predicates on the records of a collection of the world. */
export function evaluationContext(world: World, name: string): EvaluationContext {
  const { relations, searched } = world.model.collection(name);
  return {
    searched,
    related(relationName, row, where) {
      const relation = relations.get(relationName);
      if (relation === undefined) throw new Error(`${name} has no relation ${relationName}.`);
      const { kind, target, field } = relation;
      const inner = evaluationContext(world, target);
      return (world.rows.get(target) ?? []).some(
        (other) =>
          (kind === "one" ? other["id"] === row[field] : other[field] === row["id"]) && matches(where, other, inner),
      );
    },
  };
}

/** The records of a collection that match, in order, decided in memory: what every engine must answer. */
export function selectInMemory(
  world: World,
  name: string,
  where: Predicate,
  order: readonly SortTerm[],
): readonly Row[] {
  const context = evaluationContext(world, name);
  const found = (world.rows.get(name) ?? []).filter((row) => matches(where, row, context));
  return found.toSorted((left, right) => compareRows(left, right, order));
}

/** A world in a counterexample. */
function describe({ model, rows }: World): string {
  const collections = [...model.collections.values()].map(({ name, fields }) => {
    const types = [...fields].map(([field, declared]) => {
      const item = itemOf(declared)?.type.name;
      const mark = declared.modifiers.presence === "optional" ? "?" : "";
      return `${field}${mark}: ${item === undefined ? declared.type.name : `list of ${item}`}`;
    });
    return `${name} { ${types.join(", ")} } = ${fc.stringify(rows.get(name))}`;
  });
  return collections.join("\n");
}

function declare({ name, ownIds, cases, refs }: Shape, all: readonly Shape[]): Collection {
  const fields: Record<string, Field> = {};
  for (const [field, { field: type }] of Object.entries(cases)) fields[field] = type;
  for (const [field, target] of Object.entries(refs)) {
    // A name of its own each, so that every relation can be followed back.
    fields[field] = ref(all[target]?.name ?? name, { inverse: `${name}By${field}` }).optional();
  }
  return ownIds ? collection(name, { fields, id: text({ min: 1, max: 200 }) }) : collection(name, { fields });
}

/** Records whose refs are indexes still: the records that they lead to are drawn at the same time. */
function rowsOf({ ownIds, cases, refs }: Shape): fc.Arbitrary<readonly Row[]> {
  const values = Object.entries(cases).map(([name, one]): [string, fc.Arbitrary<unknown>] => [name, one.values]);
  const indexes = Object.keys(refs).map((name): [string, fc.Arbitrary<unknown>] => [name, fc.option(fc.nat(mostRows))]);
  const row = fc.record(
    {
      id: ownIds ? fc.constantFrom("a", "A", "b", "é", "😀", "\uffff", "10", "9", "it's") : fc.uuid({ version: 7 }),
      ...Object.fromEntries([...values, ...indexes]),
      createdAt: fc.constantFrom(...times),
      updatedAt: fc.constantFrom(...times),
      version: fc.integer({ min: 1, max: 3 }),
    },
    { noNullPrototype: true },
  );
  return fc.uniqueArray(row, { maxLength: mostRows, selector: ({ id }) => id });
}

function withRefs(row: Row, shape: Shape | undefined, drafts: readonly (readonly Row[])[]): Row {
  const refs = Object.entries(shape?.refs ?? {}).map(([name, target]) => {
    const others = drafts[target] ?? [];
    const index = row[name];
    return [name, typeof index === "number" ? (others[index % Math.max(others.length, 1)]?.["id"] ?? null) : null];
  });
  return { ...row, ...Object.fromEntries(refs) };
}
