import type { Change } from "../database/engine.ts";
import { copyOf } from "../kit/copy-of.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { WriteContext } from "./record-context.ts";

/** Adds to the change feed what became of a record, with the values of these fields of it. */
export function note(
  collection: CollectionModel,
  kind: Change["kind"],
  row: Row,
  before: Row | null,
  names: readonly string[],
  context: WriteContext,
): Promise<void> {
  if (!collection.declaration.feed) return Promise.resolve();
  return context.writer.append({
    at: context.now,
    collection: collection.name,
    id: String(row["id"]),
    kind,
    actor: context.principal.user?.id ?? null,
    request: context.requestId,
    before: before === null ? null : valuesOf(before, names, collection),
    after: kind === "deleted" ? null : valuesOf(row, names, collection),
  });
}

/** Copies, because whoever has the record may change it in place before the entry is spelled. */
function valuesOf(row: Row, names: readonly string[], { nested }: CollectionModel): Row {
  const values: Record<string, unknown> = {};
  for (const name of names) values[name] = row[name] ?? null;
  return nested ? copyOf(values) : values;
}
