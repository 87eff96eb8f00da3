import type { Field } from "../schema/field.ts";
import type { CollectionModel, Model } from "../schema/model.ts";

const junctions = new Set(["and", "or", "not"]);

/** Follows the keys of a condition: to the fields of a collection, or to what one field is compared with; undefined if nowhere. */
export function whereReaches(
  collection: CollectionModel,
  steps: readonly string[],
  model: Model,
): { readonly collection: CollectionModel } | { readonly field: Field } | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return { collection };
  if (junctions.has(step) || /^\d+$/.test(step)) return whereReaches(collection, rest, model);
  const relation = collection.relations.get(step);
  if (relation !== undefined) return whereReaches(model.collection(relation.target), rest, model);
  const field = collection.fields.get(step);
  return field !== undefined && rest.length === 0 ? { field } : undefined;
}
