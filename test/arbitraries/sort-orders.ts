import fc from "fast-check";
import type { SortTerm } from "../../src/query/sort.ts";
import type { Model } from "../../src/schema/model.ts";

/** Random orders of a collection: up to three fields, directions mixed, the id at the end. */
export function sortOrders(model: Model, name: string): fc.Arbitrary<readonly SortTerm[]> {
  const sortable = [...model.collection(name).fields]
    .filter(([field, { type }]) => field !== "id" && ["text", "number", "boolean"].includes(type.family))
    .map(([field]) => field);
  const terms = fc.uniqueArray(fc.constantFrom(...sortable), { maxLength: 3 });
  const directions = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  return fc
    .tuple(terms, directions)
    .map(([fields, descending]) =>
      [...fields, "id"].map((field, index) => ({ field, descending: descending[index] ?? false })),
    );
}
