import fc from "fast-check";
import type { IntentOptions } from "../../src/database/migration/intent.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection, type Collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { Field, type Fields, hasOrder, isField } from "../../src/schema/field.ts";
import { createModel } from "../../src/schema/model.ts";
import { fieldCases } from "./field-case.ts";
import { type World, worlds } from "./world.ts";

/** A definition with records, another definition, and what the records are in it. */
export interface Evolution {
  readonly before: World;
  readonly after: Pick<World, "collections" | "model" | "rows">;
  /** What has to be named, with values of fields where SQL will be. */
  readonly named: readonly Naming[];
}

/** One option: the value of a field is spelled by each engine in its own way. */
export interface Naming {
  readonly option: keyof IntentOptions;
  readonly place: string;
  readonly value?: { readonly field: Field; readonly value: unknown };
}

/** A field and a value of it; null only where it may be missing. */
const drawnFields = fieldCases.chain(({ field, values }) => values.map((value) => ({ field, value })));
type DrawnField = typeof drawnFields extends fc.Arbitrary<infer T> ? T : never;

/** What becomes of a field, as far as its kind lets it. */
const fates = fc.record({
  fate: fc.oneof(
    { weight: 6, arbitrary: fc.constant("kept" as const) },
    { weight: 4, arbitrary: fc.constantFrom("dropped", "renamed", "retyped") },
    { weight: 6, arbitrary: fc.constantFrom("presence", "searched", "unique", "indexed") },
  ),
  declared: fc.boolean(),
  drawn: drawnFields,
});
type Fate = typeof fates extends fc.Arbitrary<infer T> ? T : never;

const collectionFates = fc.record({
  fate: fc.oneof(
    { weight: 6, arbitrary: fc.constant("kept" as const) },
    { weight: 3, arbitrary: fc.constantFrom("dropped", "renamed") },
  ),
  declared: fc.boolean(),
  ownIds: fc.boolean(),
  /** For each field that a random collection can have. */
  fields: fc.array(fates, { minLength: 8, maxLength: 8 }),
  added: fc.array(fc.tuple(drawnFields, fc.boolean()), { maxLength: 2 }),
});
type CollectionFate = typeof collectionFates extends fc.Arbitrary<infer T> ? T : never;

/** Random pairs of definitions, of which the second comes of the first by changes of every kind. */
export const evolutions: fc.Arbitrary<Evolution> = worlds.chain((before) =>
  fc
    .record({ fates: fc.array(collectionFates, { minLength: 3, maxLength: 3 }), fresh: fc.boolean() })
    .map(({ fates: drawn, fresh }) => evolve(before, drawn, fresh)),
);

function evolve(before: World, drawn: readonly CollectionFate[], fresh: boolean): Evolution {
  const named: Naming[] = [];
  const fateOf = new Map(before.collections.map(({ name }, index) => [name, drawn[index] as CollectionFate]));
  /** What a collection is called now; undefined where it is gone. */
  const nameOf = (name: string): string | undefined => {
    const fate = fateOf.get(name)?.fate;
    return fate === "dropped" ? undefined : fate === "renamed" ? `${name}Again` : name;
  };
  const rows = new Map<string, readonly Row[]>();
  const collections = before.collections.flatMap((one): Collection[] => {
    const fate = fateOf.get(one.name) as CollectionFate;
    const name = nameOf(one.name);
    if (name === undefined) {
      named.push({ option: "drop", place: one.name });
      return [];
    }
    const renamed = name !== one.name;
    if (renamed && !fate.declared) named.push({ option: "rename", place: `${one.name}=${name}` });
    const known = before.rows.get(one.name) ?? [];
    const { fields, indexes, change } = evolveFields(one, name, known, fate, nameOf, named);
    rows.set(name, known.map(change));
    const options = { fields, indexes, renamedFrom: renamed && fate.declared ? one.name : undefined };
    // Ids that were made by Galley may be chosen from now on; not the other way round.
    const own = one.id !== undefined || fate.ownIds;
    return [own ? collection(name, { ...options, id: text({ min: 1, max: 200 }) }) : collection(name, options)];
  });
  if (fresh)
    collections.push(collection("arrivals", { fields: { words: text().search(), self: ref("arrivals").optional() } }));
  const after = { collections, model: createModel(collections), rows };
  const evolution: Evolution = { before, after, named };
  return Object.assign(evolution, { [fc.toStringMethod]: () => describe(evolution) });
}

interface EvolvedFields {
  readonly fields: Fields;
  readonly indexes: readonly (readonly string[])[];
  readonly change: (row: Row) => Row;
}

function evolveFields(
  one: Collection,
  name: string,
  rows: readonly Row[],
  fate: CollectionFate,
  nameOf: (collection: string) => string | undefined,
  named: Naming[],
): EvolvedFields {
  const fields: Record<string, Field> = {};
  const indexes: string[][] = [];
  const changes: ((row: Row, changed: Record<string, unknown>) => void)[] = [];

  for (const [index, [field, declared]] of Object.entries(one.fields).entries()) {
    const { fate: wish, declared: byField, drawn } = fate.fields[index] as Fate;
    const place = `${name}.${field}`;
    const values = rows.map((row) => row[field]);
    const { target } = declared.type.options;
    const next = target === undefined ? declared : refTo(declared, nameOf(target));
    const keep = (as: Field, to = field): void => {
      fields[to] = as;
      changes.push((row, changed) => (changed[to] = row[field]));
    };
    if (next === undefined || wish === "dropped") {
      named.push({ option: "drop", place });
    } else if (wish === "renamed") {
      const to = `${field}Again`;
      if (!byField) named.push({ option: "rename", place: `${place}=${to}` });
      keep(byField ? next.renamedFrom(field) : next, to);
    } else if (wish === "retyped" && target === undefined && drawn.field.type.storage !== declared.type.storage) {
      retype(field, declared, drawn);
    } else if (wish === "presence" && target === undefined) {
      changePresence(field, declared, values);
    } else if (wish === "searched" && declared.type.name === "text") {
      keep(withModifiers(next, { search: !next.modifiers.search }));
    } else if (wish === "unique" && hasOrder(declared) && areDistinct(values)) {
      keep(next.unique());
    } else if (wish === "indexed" && hasOrder(declared)) {
      indexes.push([byField ? `-${field}` : field]);
      keep(next);
    } else {
      keep(next);
    }
  }
  for (const [index, [{ field, value }, byDefault]] of fate.added.entries())
    add(`added${index}`, field, value, byDefault);

  function retype(field: string, declared: Field, { field: next, value }: DrawnField): void {
    fields[field] = next;
    const place = `${name}.${field}`;
    const widens = declared.type.storage === "integer" && next.type.storage === "real";
    const nulls = next.modifiers.presence === "optional";
    if (!widens) named.push({ option: "narrow", place, value: { field: next, value } });
    if (!nulls && declared.modifiers.presence === "optional")
      named.push({ option: "backfill", place, value: { field: next, value } });
    changes.push((row, changed) => (changed[field] = widens ? (row[field] ?? (nulls ? null : value)) : value));
  }

  function changePresence(field: string, declared: Field, values: readonly unknown[]): void {
    const optional = declared.modifiers.presence === "optional";
    const value = values.find((one) => one !== null);
    if (!optional || value === undefined) {
      fields[field] = declared.optional();
      changes.push((row, changed) => (changed[field] = row[field]));
      return;
    }
    fields[field] = withModifiers(declared, { presence: "required" });
    named.push({ option: "backfill", place: `${name}.${field}`, value: { field: declared, value } });
    changes.push((row, changed) => (changed[field] = row[field] ?? value));
  }

  function add(field: string, drawn: Field, value: unknown, byDefault: boolean): void {
    const optional = drawn.modifiers.presence === "optional";
    fields[field] = !optional && byDefault ? drawn.default(value) : drawn;
    if (optional ? value !== null && byDefault : !byDefault)
      named.push({ option: "backfill", place: `${name}.${field}`, value: { field: drawn, value } });
    changes.push((_row, changed) => (changed[field] = optional && !byDefault ? null : value));
  }

  return {
    fields,
    indexes,
    change(row) {
      const { id, createdAt, updatedAt, version } = row;
      const changed: Record<string, unknown> = { id };
      for (const apply of changes) apply(row, changed);
      return { ...changed, createdAt, updatedAt, version };
    },
  };
}

function refTo(declared: Field, target: string | undefined): Field | undefined {
  const { inverse } = declared.type.options;
  return target === undefined ? undefined : ref(target, inverse === undefined ? {} : { inverse }).optional();
}

function withModifiers(field: Field, change: Partial<Field["modifiers"]>): Field {
  return new Field(field.type, { ...field.modifiers, ...change });
}

function areDistinct(values: readonly unknown[]): boolean {
  const there = values.filter((value) => value !== null);
  return new Set(there).size === there.length;
}

function describe({ before, after, named }: Evolution): string {
  const fieldsOf = ({ name, fields, id, renamedFrom, indexes }: Collection): string => {
    const lines = Object.entries(fields)
      .filter(([, field]) => isField(field))
      .map(([field, { type, modifiers }]) => `${field}: ${type.name} ${JSON.stringify(modifiers)}`);
    return `${name} (id ${id?.type.name}, from ${renamedFrom}, indexes ${JSON.stringify(indexes)}) { ${lines.join("; ")} }`;
  };
  return [
    fc.stringify(before),
    ...after.collections.map(fieldsOf),
    ...named.map((one) => `--${one.option} ${one.place}=${JSON.stringify(one.value?.value)}`),
  ].join("\n");
}
