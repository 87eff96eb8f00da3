import type fc from "fast-check";
import type { Collection } from "../schema/collection.ts";
import { type Field, type Fields, isField } from "../schema/field.ts";
import type { CreateOf, InputOf } from "../schema/infer.ts";
import { recordId } from "../schema/record-id.ts";
import { arbitraryFields, arbitraryValue } from "./arbitrary-value.ts";

/** Arbitraries for some fields, in place of those that the schema gives: ids for a `ref`, a constant for what is known. */
export type Arbitraries<T> = { readonly [K in keyof T]?: fc.Arbitrary<T[K]> };

/**
 * Random inputs for fast-check, valid by the schema: what creates a record of a collection, what an action takes, a value of a
 * field. What may be missing is missing now and then. A `ref` needs ids of records that are there; one that may be missing
 * is, unless it is given some.
 *
 * Values of a `unique()` field are not kept apart from those of other records.
 *
 * @param given arbitraries by the name of a field
 * @throws Error naming the field for which nothing can be made up
 * @example
 * await fc.assert(fc.asyncProperty(arbitrary(films), async (film) => {
 *   assert.equal((await app.as(editor).post("/api/films", film)).status, 201);
 * }));
 * arbitrary(reviews, { film: fc.constantFrom(...ids) });
 * arbitrary(checkout.input);
 */
export function arbitrary<C extends Collection>(
  collection: C,
  given?: Arbitraries<CreateOf<C>>,
): fc.Arbitrary<CreateOf<C>>;
export function arbitrary<T>(field: Field<T>): fc.Arbitrary<T>;
export function arbitrary<F extends Fields>(fields: F, given?: Arbitraries<InputOf<F>>): fc.Arbitrary<InputOf<F>>;
export function arbitrary(
  source: Collection | Field | Fields,
  given: Arbitraries<Readonly<Record<string, unknown>>> = {},
): fc.Arbitrary<unknown> {
  if (isField(source)) return arbitraryValue(source, "the field");
  if (!isCollection(source)) return arbitraryFields(source, "", given);
  const { id, name, fields } = source;
  return arbitraryFields(id === undefined ? fields : { id: recordId(id), ...fields }, `${name}.`, given);
}

function isCollection(source: Collection | Fields): source is Collection {
  return source["declares"] === "collection";
}
