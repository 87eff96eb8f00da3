import type { Writer } from "../database/engine.ts";
import { usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { matchesAlone } from "./viewer.ts";

/** Records that are remembered at a time; whatever comes beyond is read again. */
const most = 1000;

/**
 * A writer whose transaction reads a record once: what an action has looked at is looked at again before it is changed, and
 * nobody else can have changed it meanwhile. What was written is read again. Records with values inside of values are not
 * remembered: who was given one may have changed it in place.
 */
export function rememberingWriter(writer: Writer): Writer {
  const rows = new Map<string, Row>();
  const keyOf = (collection: CollectionModel, id: string): string => `${collection.name} ${id}`;

  function remember(collection: CollectionModel, row: Row): void {
    if (!collection.nested && rows.size < most) rows.set(keyOf(collection, String(row["id"])), { ...row });
  }

  return {
    ...writer,
    async get(collection, id, where) {
      const known = rows.get(keyOf(collection, id));
      if (known !== undefined && !usesRelations(where))
        return matchesAlone(where, collection, known) ? { ...known } : undefined;
      const row = await writer.get(collection, id, where);
      if (row !== undefined) remember(collection, row);
      return row;
    },
    async select(collection, query) {
      const found = await writer.select(collection, query);
      if (query.order.every(({ field }) => collection.fields.has(field)))
        for (const row of found) remember(collection, row);
      return found;
    },
    async update(collection, id, changes) {
      rows.delete(keyOf(collection, id));
      await writer.update(collection, id, changes);
    },
    async remove(collection, id) {
      rows.delete(keyOf(collection, id));
      await writer.remove(collection, id);
    },
    async removeAll(collection, where) {
      rows.clear();
      await writer.removeAll(collection, where);
    },
  };
}
