import type { JsonInclude, JsonView } from "../database/engine.ts";
import type { View } from "../query/query.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import type { Viewer } from "./viewer.ts";

/**
 * The look of records that the database may write by itself: what the caller sees is the same in each of them, and nothing of
 * it has to be computed. Undefined where each record has to be looked at.
 */
export function jsonViewOf(
  collection: CollectionModel,
  view: View,
  viewer: Viewer,
  model: Model,
): JsonView | undefined {
  const names = view.select && [...view.select, ...view.include.map(({ relation }) => relation)];
  const fields = viewer.plain(collection, names);
  if (fields === undefined) return undefined;
  const include: JsonInclude[] = [];
  for (const { relation, include: beyond } of view.include) {
    const found = collection.relations.get(relation);
    if (found?.kind !== "one") return undefined;
    const target = model.collection(found.target);
    const inner = jsonViewOf(target, { select: undefined, include: beyond }, viewer, model);
    if (inner === undefined) return undefined;
    include.push({ relation, where: viewer.scope.visible(target), view: inner });
  }
  return { fields, include };
}
