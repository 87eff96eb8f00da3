import type { Change } from "../database/engine.ts";
import type { Row } from "../query/sort.ts";
import { type CollectionModel, systemFields } from "../schema/model.ts";
import type { WriteContext } from "./record-context.ts";

/** Fields whose values the feed keeps: not those of secrets, and not what each entry says anyway. */
export function namesToNote(collection: CollectionModel): string[] {
  return collection.stored.filter(
    (name) =>
      name !== "id" && !Object.hasOwn(systemFields, name) && collection.fields.get(name)?.type.name !== "secret",
  );
}

export async function note(
  collection: CollectionModel,
  kind: Change["kind"],
  row: Row,
  before: Row | null,
  names: readonly string[],
  context: WriteContext,
): Promise<void> {
  if (!collection.declaration.feed) return;
  const valuesOf = (source: Row): Row => Object.fromEntries(names.map((name) => [name, source[name] ?? null]));
  await context.writer.append({
    at: context.now,
    collection: collection.name,
    id: String(row["id"]),
    kind,
    actor: context.principal.user?.id ?? null,
    request: context.requestId,
    before: before === null ? null : valuesOf(before),
    after: kind === "deleted" ? null : valuesOf(row),
  });
}
