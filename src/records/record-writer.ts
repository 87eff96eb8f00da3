import type { Violation } from "../kit/error-codes.ts";
import { GalleyError, invalid } from "../kit/galley-error.ts";
import { uuidv7 } from "../kit/uuid.ts";
import { always, type Predicate, usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { note } from "./feed-entry.ts";
import { hookContext } from "./hook-context.ts";
import { patchedValues } from "./merge-patch.ts";
import { granted, type Permission, predicateOf, refusal, unrestricted } from "./permission.ts";
import { checkPrecondition } from "./precondition.ts";
import { holdsFor, type WriteContext } from "./record-context.ts";
import { isDefault, withDefaults } from "./record-defaults.ts";
import { removeRecord } from "./record-remover.ts";
import { isSuperseded, isThereAgain, otherUpdate, storeInTurn } from "./record-turns.ts";
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
interface Rights {
  readonly where: Predicate;
  /** Whether field rules and the visibility of references don't count: the code acts without rules. */
  readonly free: boolean;
}

function rightsOf(permission: Permission, context: WriteContext): Rights {
  return { where: granted(permission, context.principal), free: permission.kind === "unrestricted" };
}

/** Creates a record from an input that the collection's validator has passed. */
export async function createRecord(
  collection: CollectionModel,
  input: Row,
  permission: Permission,
  context: WriteContext,
  id?: string,
): Promise<Row> {
  const rights = rightsOf(permission, context);
  const { hooks } = collection.declaration;
  const hooked = hooks.beforeCreate && (await hooks.beforeCreate(input, hookContext(context)));
  const given: Row = hooked === undefined ? input : collection.validators.create.parse(hooked);
  const row: Row = {
    ...withDefaults(collection, given, context),
    id: id ?? given["id"] ?? uuidv7(Date.parse(context.now)),
    createdAt: context.now,
    updatedAt: context.now,
    version: 1,
  };
  // What a hook has set is the application's own doing.
  const sent = Object.keys(input).filter(
    (name) => input[name] !== null && input[name] !== undefined && !isDefault(collection, name, input[name]),
  );
  checkWritable(collection, sent, row, rights, context);
  if (!rights.free) await checkReferences(collection.refHolders, row, context);
  const refused = `You may not create such a record of ${collection.name}.`;
  await storeAllowed(collection, row, rights, context, refused, () => context.writer.insert(collection, row));
  isThereAgain(collection, row, context);
  const names = collection.noted.filter((name) => row[name] !== null);
  await note(collection, "created", row, null, names, context);
  if (hooks.afterCreate !== undefined) await hooks.afterCreate(row as never, hookContext(context));
  return row;
}

/** Changes a record by a patch that the collection's validator has passed. */
export async function updateRecord(
  collection: CollectionModel,
  id: string,
  patch: Row,
  permissions: WritePermissions,
  context: WriteContext,
  ifMatch?: readonly string[],
): Promise<Row> {
  const { row: before, rights } = await recordToWrite(collection, id, permissions, context, ifMatch);
  const { hooks } = collection.declaration;
  const hooked =
    hooks.beforeUpdate && (await hooks.beforeUpdate(patch as never, before as never, hookContext(context)));
  const given: Row = hooked === undefined ? patch : collection.validators.patch.parse(hooked);
  // Before anything is added to the stored values: that an increment goes below the least allowed gives away what was there.
  const unseen = Object.keys(patch).filter(
    (name) => Object.hasOwn(given, name) && !context.viewer.sees(collection, name, before),
  );
  checkWritable(collection, unseen, before, rights, context);
  const sent = Object.keys(patch);
  const valuesOf = (row: Row): Row => {
    const values = patched(collection, row, given);
    checkSent(collection, sent, values, row, rights, context);
    return values;
  };
  return change(collection, before, valuesOf, rights, context);
}

/**
 * Replaces a record by an input that the collection's validator has passed. What the caller can neither see nor set stays
 * as it is: they could not have sent it.
 */
export async function replaceRecord(
  collection: CollectionModel,
  id: string,
  input: Row,
  permissions: WritePermissions,
  context: WriteContext,
  ifMatch?: readonly string[],
): Promise<Row> {
  const { row: before, rights } = await recordToWrite(collection, id, permissions, context, ifMatch);
  // The validator has filled in what may be left out; who sends just that has sent nothing.
  const isSent = (name: string): boolean =>
    input[name] !== undefined && input[name] !== null && !isDefault(collection, name, input[name]);
  const isKept = (name: string): boolean =>
    !isSent(name) &&
    !(context.viewer.sees(collection, name, before) && context.viewer.maySet(collection, name, before));
  const values = withDefaults(collection, input, context, isKept);
  const { hooks } = collection.declaration;
  const hooked =
    hooks.beforeUpdate && (await hooks.beforeUpdate(values as never, before as never, hookContext(context)));
  const given = hooked === undefined ? values : replaced(collection, before, values, hooked);
  checkSent(collection, Object.keys(input).filter(isSent), given, before, rights, context);
  return change(collection, before, () => given, rights, context);
}

/** What a hook has made of the values of a replacement: those that it changed are a patch, like what it answers elsewhere. */
function replaced(collection: CollectionModel, before: Row, values: Row, hooked: unknown): Row {
  const given = collection.validators.patch.parse(hooked);
  const own = Object.keys(given).filter((name) => !sameValue(given[name], values[name]));
  return { ...given, ...patched(collection, before, Object.fromEntries(own.map((name) => [name, given[name]]))) };
}

/** The values that a patch comes to. @throws GalleyError `invalid_input` */
function patched(collection: CollectionModel, before: Row, patch: Row): Row {
  const violations: Violation[] = [];
  const values = patchedValues(collection, before, patch, violations);
  if (violations.length > 0) throw invalid("invalid_input", violations);
  return values;
}

/** Deletes a record, and what goes with it. */
export async function deleteRecord(
  collection: CollectionModel,
  id: string,
  permissions: WritePermissions,
  context: WriteContext,
  ifMatch?: readonly string[],
): Promise<Row> {
  const { row } = await recordToWrite(collection, id, permissions, context, ifMatch);
  const free = rightsOf(unrestricted, context);
  await removeRecord(collection, row, context, (dependent, other, field) =>
    change(dependent, other, () => ({ [field]: null }), free, context),
  );
  return row;
}

/** The record that is to be written, once it is known that the caller sees it, may write it, and has seen its last state. */
async function recordToWrite(
  collection: CollectionModel,
  id: string,
  { write, read }: WritePermissions,
  context: WriteContext,
  ifMatch: readonly string[] | undefined,
): Promise<{ readonly row: Row; readonly rights: Rights }> {
  const rights = rightsOf(write, context);
  // Who may write a record need not be able to list it; who may do neither must not learn that it is there.
  const row = await context.reader.get(collection, id, always);
  const writable = row !== undefined && (rights.free || (await holdsFor(rights.where, collection, row, context)));
  if (row === undefined || !(writable || (await holdsFor(predicateOf(read), collection, row, context)))) {
    throw new GalleyError("not_found", `There is no record of ${collection.name} with the id ${id}.`);
  }
  if (!writable) throw refusal(context.principal, `You may not change this record of ${collection.name}.`);
  checkPrecondition(ifMatch, row);
  return { row, rights };
}

/**
 * Stores new values of a record, if they differ from the old ones. What other writes of the transaction make of it meanwhile, those of
 * hooks or of several updates at once, is not lost: the values are made anew then, from what is there.
 */
async function change(
  collection: CollectionModel,
  found: Row,
  valuesOf: (before: Row) => Row,
  rights: Rights,
  context: WriteContext,
): Promise<Row> {
  const id = String(found["id"]);
  const refused = `You may not change this record of ${collection.name} in this way.`;
  for (let before = found; ;) {
    if (isSuperseded(collection, before, context)) {
      before = await lastState(collection, id, context);
      continue;
    }
    const values = valuesOf(before);
    const changed = Object.keys(values).filter((name) => !sameValue(values[name], before[name]));
    if (changed.length === 0) return before;
    const changes: Record<string, unknown> = {};
    for (const name of changed) changes[name] = values[name];
    changes["updatedAt"] = context.now;
    changes["version"] = Number(before["version"]) + 1;
    const after: Row = { ...before, ...changes };
    if (!rights.free) await checkReferences(collection.refHolders, after, context, before);
    const other = otherUpdate(collection, id, context);
    if (other !== undefined) await other;
    if (other !== undefined || isSuperseded(collection, before, context)) continue;
    const names = collection.noted.filter((name) => changed.includes(name));
    await storeInTurn(collection, after, context, async () => {
      await storeAllowed(collection, after, rights, context, refused, () =>
        context.writer.update(collection, id, changes),
      );
      await note(collection, "updated", after, before, names, context);
    });
    const { hooks } = collection.declaration;
    if (hooks.afterUpdate !== undefined) await hooks.afterUpdate(after as never, before as never, hookContext(context));
    return after;
  }
}

async function lastState(collection: CollectionModel, id: string, context: WriteContext): Promise<Row> {
  const row = await context.reader.get(collection, id, always);
  if (row === undefined)
    throw new GalleyError("not_found", `There is no record of ${collection.name} with the id ${id}.`);
  return row;
}

/**
 * Stores a record that the caller may leave like this. Where the record alone decides that, it is decided before: that
 * something else is stored in its place, which a conflict would tell, is not for who may not write it. A rule that leads
 * through relations is asked of the database, where the record must be by then.
 */
async function storeAllowed(
  collection: CollectionModel,
  row: Row,
  { where }: Rights,
  context: WriteContext,
  refused: string,
  store: () => Promise<void>,
): Promise<void> {
  if (usesRelations(where)) {
    await store();
    if (await holdsFor(where, collection, row, context)) return;
  } else if (matchesAlone(where, collection, row)) return store();
  throw refusal(context.principal, refused);
}

/**
 * Checks the field rules of what the caller has sent to change a record. What they see and send back as it is does no harm;
 * what they don't see must not be theirs to guess, one attempt after another.
 */
function checkSent(
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
function checkWritable(
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
