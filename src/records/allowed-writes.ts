import { GalleyError } from "../kit/galley-error.ts";
import { always, type Predicate, usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { note } from "./feed-entry.ts";
import { hookContext } from "./hook-context.ts";
import { granted, type Permission, predicateOf, refusal } from "./permission.ts";
import { checkPrecondition } from "./precondition.ts";
import { holdsBefore, holdsFor, nameOf, removed, storeStep, type WriteContext } from "./record-context.ts";
import { checkReferences } from "./references.ts";
import { sameValue } from "./same-value.ts";
import { matchesAlone } from "./viewer.ts";

/** What the caller may do with the record that a write is about. */
export interface WritePermissions {
  /** What may be written. */
  readonly write: Permission;
  /** What may be seen: a record out of sight is not there. */
  readonly read: Permission;
}

/** A permission that was granted. */
export interface Rights {
  readonly where: Predicate;
  /** Whether field rules and the visibility of references don't count: the code acts without rules. */
  readonly free: boolean;
}

export function rightsOf(permission: Permission, context: WriteContext): Rights {
  return { where: granted(permission, context.principal), free: permission.kind === "unrestricted" };
}

/** A record that the caller may write, as it is. */
export interface Writable {
  readonly row: Row;
  readonly rights: Rights;
}

/** The record that is to be written, once it is known that the caller sees it, may write it, and has seen its last state. */
export async function recordToWrite(
  collection: CollectionModel,
  id: string,
  { write, read }: WritePermissions,
  context: WriteContext,
  ifMatch: readonly string[] | undefined,
): Promise<Writable> {
  const rights = rightsOf(write, context);
  // Who may write a record need not be able to list it; who may do neither must not learn that it is there.
  const row = await context.reader.get(collection, id, always);
  const writable = row !== undefined && (rights.free || (await holdsFor(rights.where, collection, row, context)));
  if (row === undefined || !(writable || (await holdsFor(predicateOf(read), collection, row, context)))) {
    throw notThere(collection, id);
  }
  if (!writable) throw refusal(context.principal, `You may not change this record of ${collection.name}.`);
  checkPrecondition(ifMatch, row);
  return { row, rights };
}

function notThere(collection: CollectionModel, id: string): GalleyError {
  return new GalleyError("not_found", `There is no record of ${collection.name} with the id ${id}.`);
}

/** Stores new values of a record, if they differ from the old ones, and answers the record as it is then. */
export async function storeChange(
  collection: CollectionModel,
  before: Row,
  values: Row,
  rights: Rights,
  context: WriteContext,
): Promise<Row> {
  const changed = Object.keys(values).filter((name) => !sameValue(values[name], before[name]));
  if (changed.length === 0) return before;
  const changes: Record<string, unknown> = {};
  for (const name of changed) changes[name] = values[name];
  changes["updatedAt"] = context.now;
  changes["version"] = Number(before["version"]) + 1;
  const after: Row = { ...before, ...changes };
  if (!rights.free) await checkReferences(collection.refHolders, after, context, before);
  const refused = `You may not change this record of ${collection.name} in this way.`;
  await storeAllowed(collection, after, rights, context, refused, async () => {
    const id = String(before["id"]);
    const name = nameOf(collection, id);
    // Code may have deleted it at the same time, after it was found.
    if (context.versions.get(name) === removed) throw notThere(collection, id);
    await context.writer.update(collection, id, changes);
    context.versions.set(name, Number(after["version"]));
  });
  await note(
    collection,
    "updated",
    after,
    before,
    collection.noted.filter((name) => changed.includes(name)),
    context,
  );
  return after;
}

/** Runs what the application does after a change, if there was one. */
export async function afterChange(
  collection: CollectionModel,
  before: Row,
  after: Row,
  context: WriteContext,
): Promise<void> {
  const { hooks } = collection.declaration;
  if (before !== after) await hooks.afterUpdate?.(after as never, before as never, hookContext(context));
}

/**
 * Stores a record that the caller may leave like this. Where the record alone decides that, it is decided before: that
 * something else is stored in its place, which a conflict would tell, is not for who may not write it. A rule that leads
 * through relations is asked of the database, where the record must be by then; what it comes to without the record itself is
 * known before, and is what a conflict needs.
 */
export async function storeAllowed(
  collection: CollectionModel,
  row: Row,
  { where }: Rights,
  context: WriteContext,
  refused: string,
  store: () => Promise<void>,
): Promise<void> {
  if (!usesRelations(where)) {
    if (matchesAlone(where, collection, row)) return storeStep(context, store);
    throw refusal(context.principal, refused);
  }
  const foreseen = !mayConflict(collection) || (await holdsBefore(where, collection, row, context));
  try {
    await storeStep(context, store);
  } catch (error) {
    throw foreseen || !isConflict(error) ? error : refusal(context.principal, refused);
  }
  if (!(await holdsFor(where, collection, row, context))) throw refusal(context.principal, refused);
}

/** Whether a record can be in the way of another one, but for ids that nobody chooses. */
function mayConflict({ declaration }: CollectionModel): boolean {
  const { fields, unique, id } = declaration;
  return unique.length > 0 || id !== undefined || Object.values(fields).some(({ modifiers }) => modifiers.unique);
}

function isConflict(error: unknown): boolean {
  return error instanceof GalleyError && error.code === "conflict";
}

/**
 * Checks the field rules of what the caller has sent to change a record. What they see and send back as it is does no harm;
 * what they don't see must not be theirs to guess, one attempt after another.
 */
export function checkSent(
  collection: CollectionModel,
  sent: readonly string[],
  values: Row,
  before: Row,
  rights: Rights,
  context: WriteContext,
): void {
  const attempts = sent.filter(
    (name) =>
      Object.hasOwn(values, name) &&
      !(sameValue(values[name], before[name]) && context.viewer.sees(collection, name, before)),
  );
  checkWritable(collection, attempts, before, rights, context);
}

/** Field rules hold for whoever acts under rules; code that acts without them may set everything. */
export function checkWritable(
  collection: CollectionModel,
  names: readonly string[],
  row: Row,
  rights: Rights,
  context: WriteContext,
): void {
  if (rights.free) return;
  const violations = names
    .filter((name) => !context.viewer.maySet(collection, name, row))
    .map((name) => ({ path: `/${name}`, code: "forbidden", message: "may not be set by you" }));
  const [first] = violations;
  if (first === undefined) return;
  if (context.principal.kind === "anonymous") throw refusal(context.principal);
  throw new GalleyError("forbidden", `${first.path.slice(1)} ${first.message}.`, { errors: violations });
}
