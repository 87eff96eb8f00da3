import type { Violation } from "../kit/error-codes.ts";
import { invalid } from "../kit/galley-error.ts";
import { uuidv7 } from "../kit/uuid.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import {
  afterChange,
  checkSent,
  checkWritable,
  recordToWrite,
  rightsOf,
  storeAllowed,
  storeChange,
  type Writable,
  type WritePermissions,
} from "./allowed-writes.ts";
import { note } from "./feed-entry.ts";
import { freeSlugs } from "./free-slugs.ts";
import { hookContext } from "./hook-context.ts";
import { patchedValues } from "./merge-patch.ts";
import { type Permission, unrestricted } from "./permission.ts";
import { inTurn, lastState, nameOf, type WriteContext } from "./record-context.ts";
import { isDefault, withDefaults } from "./record-defaults.ts";
import { removeRecord } from "./record-remover.ts";
import { checkReferences } from "./references.ts";
import { sameValue } from "./same-value.ts";

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
  const made: Row = {
    ...withDefaults(collection, given, context),
    id: id ?? given["id"] ?? uuidv7(Date.parse(context.now)),
    createdAt: context.now,
    updatedAt: context.now,
    version: 1,
  };
  const row: Row =
    collection.madeSlugs.length === 0 ? made : { ...made, ...(await freeSlugs(collection, given, made, context)) };
  // What a hook has set is the application's own doing.
  const sent = Object.keys(input).filter(
    (name) => input[name] !== null && input[name] !== undefined && !isDefault(collection, name, input[name]),
  );
  checkWritable(collection, sent, row, rights, context);
  if (!rights.free) await checkReferences(collection.refHolders, row, context);
  const refused = `You may not create such a record of ${collection.name}.`;
  await storeAllowed(collection, row, rights, context, refused, () => {
    // One of that id may have been removed before.
    if (context.versions.size > 0) context.versions.delete(nameOf(collection, row["id"]));
    return context.writer.insert(collection, row);
  });
  await note(
    collection,
    "created",
    row,
    null,
    collection.noted.filter((name) => row[name] !== null),
    context,
  );
  if (hooks.afterCreate !== undefined) await hooks.afterCreate(row as never, hookContext(context));
  return row;
}

/** Changes a record by a patch that the collection's validator has passed. */
export function updateRecord(
  collection: CollectionModel,
  id: string,
  patch: Row,
  permissions: WritePermissions,
  context: WriteContext,
  ifMatch?: readonly string[],
): Promise<Row> {
  const { hooks } = collection.declaration;
  return changeInTurn(collection, id, context, {
    find: (again) => recordToWrite(collection, id, permissions, context, again ? undefined : ifMatch),
    hook:
      hooks.beforeUpdate && ((before) => hooks.beforeUpdate?.(patch as never, before as never, hookContext(context))),
    valuesOf({ row: before, rights }, hooked) {
      const given: Row = hooked === undefined ? patch : collection.validators.patch.parse(hooked);
      // Before anything is added to the stored values: that an increment goes below the least allowed gives away what was there.
      const unseen = Object.keys(patch).filter(
        (name) => Object.hasOwn(given, name) && !context.viewer.sees(collection, name, before),
      );
      checkWritable(collection, unseen, before, rights, context);
      const values = patched(collection, before, given);
      checkSent(collection, Object.keys(patch), values, before, rights, context);
      return values;
    },
  });
}

/**
 * Replaces a record by an input that the collection's validator has passed. What the caller can neither see nor set stays
 * as it is: they could not have sent it.
 */
export function replaceRecord(
  collection: CollectionModel,
  id: string,
  input: Row,
  permissions: WritePermissions,
  context: WriteContext,
  ifMatch?: readonly string[],
): Promise<Row> {
  // The validator has filled in what may be left out; who sends just that has sent nothing.
  const isSent = (name: string): boolean =>
    input[name] !== undefined && input[name] !== null && !isDefault(collection, name, input[name]);
  const wholeOf = async (before: Row): Promise<Row> => {
    const isKept = (name: string): boolean =>
      !isSent(name) &&
      !(context.viewer.sees(collection, name, before) && context.viewer.maySet(collection, name, before));
    const made = withDefaults(collection, input, context, isKept);
    return { ...made, ...(await freeSlugs(collection, input, { ...before, ...made }, context, before)) };
  };
  const { hooks } = collection.declaration;
  return changeInTurn(collection, id, context, {
    find: (again) => recordToWrite(collection, id, permissions, context, again ? undefined : ifMatch),
    hook:
      hooks.beforeUpdate &&
      (async (before) => hooks.beforeUpdate?.((await wholeOf(before)) as never, before as never, hookContext(context))),
    async valuesOf({ row: before, rights }, hooked) {
      const values = await wholeOf(before);
      const given = hooked === undefined ? values : replaced(collection, before, values, hooked);
      checkSent(collection, Object.keys(input).filter(isSent), given, before, rights, context);
      return given;
    },
  });
}

/** How a record is changed. */
interface Changing {
  /** @param again whether it has passed once: what a hook makes of it then is no reason against the precondition */
  readonly find: (again: boolean) => Promise<Writable>;
  /** The application's code before the change, which may do anything, and answers what it makes of it. */
  readonly hook: ((before: Row) => unknown) | undefined;
  readonly valuesOf: (found: Writable, hooked: unknown) => Row | Promise<Row>;
}

/** Changes a record as it is when its turn has come: what code changes at the same time it changes one after another. */
async function changeInTurn(
  collection: CollectionModel,
  id: string,
  context: WriteContext,
  { find, hook, valuesOf }: Changing,
): Promise<Row> {
  const since = context.progress.written;
  const seen = hook && (await find(false));
  const hooked = seen && (await hook?.(seen.row));
  const { before, after } = await inTurn(context, nameOf(collection, id), async () => {
    const found = seen === undefined || context.progress.written !== since ? await find(seen !== undefined) : seen;
    const values = await valuesOf(found, hooked);
    return { before: found.row, after: await storeChange(collection, found.row, values, found.rights, context) };
  });
  await afterChange(collection, before, after, context);
  return after;
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
  await removeRecord(collection, row, context, async (dependent, other, field) => {
    const cleared = await inTurn(context, nameOf(dependent, other["id"]), async () => {
      const before = await lastState(dependent, other, context);
      const values = { [field]: null };
      return before && { before, after: await storeChange(dependent, before, values, free, context) };
    });
    // A hook may have removed it meanwhile.
    if (cleared !== undefined) await afterChange(dependent, cleared.before, cleared.after, context);
  });
  return row;
}
