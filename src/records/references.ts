import { missingReferenceError } from "../database/missing-reference-error.ts";
import { allOf, equal, type Predicate } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { findRefs, type HeldRef, type RefHolder } from "../schema/ref-holders.ts";
import type { RecordContext } from "./record-context.ts";

/** Most references that one error names: one value can hold a million. */
const mostNamed = 100;

/**
 * Checks that what is referred to is visible to the caller, who could otherwise attach records to those of others, learn which
 * ids exist, and come into whatever a rule opens to who refers to it. That a ref of its own leads to a record at all the database
 * sees to when it is stored, with the same error; what stands inside of lists and objects no foreign key holds. One query for each
 * collection that is referred to.
 *
 * @param before what the values were: references that were there may stay
 * @throws GalleyError `conflict`, naming each place
 */
export async function checkReferences(
  holders: readonly RefHolder[],
  values: Row,
  context: RecordContext,
  before: Row = {},
): Promise<void> {
  const added: HeldRef[] = [];
  for (const { name, field } of holders) {
    if (values[name] === before[name]) continue;
    const [old, found]: [HeldRef[], HeldRef[]] = [[], []];
    findRefs(field, before[name], name, old);
    findRefs(field, values[name], name, found);
    const kept = new Set(old.map(keyOf));
    added.push(...found.filter((one) => !kept.has(keyOf(one)) && !isSelf(one, context) && !isForeignKey(one, context)));
  }
  if (added.length === 0) return;
  const visible = new Map<string, ReadonlySet<unknown>>();
  for (const [target, refs] of Map.groupBy(added, (one) => one.target)) {
    visible.set(target, await visibleOf(target, [...new Set(refs.map(({ id }) => id))], context));
  }
  const missing = added.filter(({ target, id }) => visible.get(target)?.has(id) !== true);
  if (missing.length > 0) throw missingReferenceError(missing.slice(0, mostNamed));
}

/** Those of some ids whose records the caller sees. */
async function visibleOf(
  target: string,
  ids: readonly string[],
  context: RecordContext,
): Promise<ReadonlySet<unknown>> {
  const collection = context.model.collection(target);
  const where = context.viewer.scope.visible(collection);
  const [only, ...others] = ids;
  // One is remembered by the transaction, where the next record refers to it again.
  if (only !== undefined && others.length === 0)
    return new Set((await context.reader.get(collection, only, where)) === undefined ? [] : ids);
  const among: Predicate = { kind: "in", field: "id", path: [], operands: ids };
  // In groups of one, because whole records may be large, and nothing but their ids is asked for.
  const query = { where: allOf([where, among]), group: ["id"], figures: { sum: [], avg: [], min: [], max: [] } };
  const groups = await context.reader.aggregate(collection, query, ids.length);
  return new Set(groups.map(({ group }) => group["id"]));
}

function keyOf({ target, id }: HeldRef): string {
  return `${target} ${id}`;
}

/** A record may refer to the one who writes it even where users can't be read. */
function isSelf({ target, id }: HeldRef, { principal }: RecordContext): boolean {
  return target === "users" && id === principal.user?.id;
}

/** Whether the database is enough: everyone sees what it leads to, and it is a column of its own. */
function isForeignKey({ name, target }: HeldRef, { model, viewer }: RecordContext): boolean {
  return !name.includes("/") && viewer.scope.visible(model.collection(target)).kind === "always";
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
  if (ids.length === 1 && id !== undefined) return equal(field, id);
  return { kind: "in", field, path: [], operands: ids };
}
