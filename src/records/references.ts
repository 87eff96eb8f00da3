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

/** Records that are taken at a time. */
export const chunk = 500;
const byId = [{ field: "id", descending: false }];

/** What refers to any of these records with `cascade` or `clear`, a chunk at a time. */
export async function* dependentsOf(
  collection: CollectionModel,
  ids: readonly string[],
  context: RecordContext,
): AsyncGenerator<readonly Dependent[]> {
  for (const { collection: name, field, onDelete } of collection.referrers) {
    if (onDelete === "restrict") continue;
    const referring = context.model.collection(name);
    for await (const rows of referringRows(referring, field, ids, context))
      yield rows.map((row) => ({ collection: referring, field, onDelete, row }));
  }
}

/** Most records have few that refer to them, or none: they are asked for together, and fewer together where that is too many. */
async function* referringRows(
  collection: CollectionModel,
  field: string,
  ids: readonly string[],
  { reader }: RecordContext,
): AsyncGenerator<readonly Row[]> {
  const left: (readonly string[])[] = [ids];
  for (let some = left.pop(); some !== undefined; some = left.pop()) {
    const query = { where: refersTo(field, some), order: byId, limit: chunk, after: undefined };
    let rows = await reader.select(collection, query);
    if (rows.length === chunk && some.length > 1) {
      const half = Math.ceil(some.length / 2);
      left.push(some.slice(half), some.slice(0, half));
      continue;
    }
    while (rows.length > 0) {
      yield rows;
      if (rows.length < chunk) break;
      rows = await reader.select(collection, { ...query, after: [String(rows.at(-1)?.["id"])] });
    }
  }
}

/**
 * A record that refers to any of these with `restrict`, and counts.
 * @param uncounted most records that don't count
 */
export async function referrerOf(
  collection: CollectionModel,
  ids: readonly string[],
  uncounted: number,
  counts: (one: { readonly collection: CollectionModel; readonly row: Row }) => boolean,
  context: RecordContext,
): Promise<{ readonly collection: CollectionModel; readonly field: string } | undefined> {
  for (const { collection: name, field, onDelete } of collection.referrers) {
    if (onDelete !== "restrict") continue;
    const referring = context.model.collection(name);
    const query = { where: refersTo(field, ids), order: byId, limit: uncounted + 1, after: undefined };
    const rows = await context.reader.select(referring, query);
    if (rows.some((row) => counts({ collection: referring, row }))) return { collection: referring, field };
  }
  return undefined;
}

function refersTo(field: string, ids: readonly string[]): Predicate {
  const [id] = ids;
  // A page of what refers to one record is a walk along an index; of many it is put in order first.
  if (ids.length === 1 && id !== undefined) return { kind: "compare", field, path: [], comparison: "eq", operand: id };
  return { kind: "in", field, path: [], operands: ids };
}
