import { missingReferenceError } from "../database/missing-reference-error.ts";
import type { Predicate } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel, RefField } from "../schema/model.ts";
import type { RecordContext } from "./record-context.ts";

/**
 * Checks that what a record refers to is visible to the caller, who could otherwise attach records to those of others, and
 * learn which ids exist. That it is there at all the database sees to when the record is stored, with the same error.
 *
 * @throws GalleyError `conflict`, naming each field
 */
export async function checkReferences(
  collection: CollectionModel,
  row: Row,
  names: readonly string[],
  context: RecordContext,
): Promise<void> {
  const missing: RefField[] = [];
  for (const ref of collection.refs) {
    const id = row[ref.name];
    if (typeof id !== "string" || !names.includes(ref.name)) continue;
    // A record may refer to the one who writes it even where users can't be read.
    if (ref.target === "users" && id === context.principal.user?.id) continue;
    const other = context.model.collection(ref.target);
    const where = context.viewer.scope.visible(other);
    if (where.kind === "always") continue;
    if ((await context.reader.get(other, id, where)) === undefined) missing.push(ref);
  }
  if (missing.length > 0) throw missingReferenceError(missing);
}

/** Records that refer to one that is about to go. */
export interface Dependent {
  readonly collection: CollectionModel;
  readonly field: string;
  readonly onDelete: "cascade" | "clear";
  readonly row: Row;
}

/** Dependents that are taken at a time. */
const chunk = 500;
const byId = [{ field: "id", descending: false }];

/** What refers to a record with `cascade` or `clear`, a chunk at a time. */
export async function* dependentsOf(
  collection: CollectionModel,
  id: string,
  context: RecordContext,
): AsyncGenerator<Dependent> {
  for (const { collection: name, field, onDelete } of collection.referrers) {
    if (onDelete === "restrict") continue;
    const referring = context.model.collection(name);
    let rows: readonly Row[];
    let after: readonly string[] | undefined;
    do {
      rows = await context.reader.select(referring, { where: refersTo(field, id), order: byId, limit: chunk, after });
      for (const row of rows) yield { collection: referring, field, onDelete, row };
      after = rows.length === 0 ? undefined : [String(rows.at(-1)?.["id"])];
    } while (rows.length === chunk);
  }
}

/**
 * A record that refers to another with `restrict`, and counts.
 * @param uncounted most records that don't count
 */
export async function referrerOf(
  collection: CollectionModel,
  id: string,
  uncounted: number,
  counts: (one: { readonly collection: CollectionModel; readonly row: Row }) => boolean,
  context: RecordContext,
): Promise<{ readonly collection: CollectionModel; readonly field: string } | undefined> {
  for (const { collection: name, field, onDelete } of collection.referrers) {
    if (onDelete !== "restrict") continue;
    const referring = context.model.collection(name);
    const query = { where: refersTo(field, id), order: byId, limit: uncounted + 1, after: undefined };
    const rows = await context.reader.select(referring, query);
    if (rows.some((row) => counts({ collection: referring, row }))) return { collection: referring, field };
  }
  return undefined;
}

function refersTo(field: string, id: string): Predicate {
  return { kind: "compare", field, path: [], comparison: "eq", operand: id };
}
