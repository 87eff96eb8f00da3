import { GalleyError } from "../kit/galley-error.ts";
import type { Row } from "../query/sort.ts";
import { type CollectionModel, refsOf } from "../schema/model.ts";
import { note } from "./feed-entry.ts";
import { hookContext } from "./hook-context.ts";
import { inTurn, lastState, nameOf, removed, storeStep, type WriteContext } from "./record-context.ts";
import { chunk, dependentsOf, referrerOf } from "./references.ts";

/** A record that goes. */
interface Going {
  readonly collection: CollectionModel;
  readonly row: Row;
}

/** A record that goes and refers to another one that goes. */
interface Tie {
  readonly from: Going;
  readonly field: string;
  readonly required: boolean;
}

/** Sets a ref of a record that stays to null. */
type Clear = (collection: CollectionModel, row: Row, field: string) => Promise<unknown>;

/**
 * Removes a record together with what refers to it, so that hooks and the feed see every record that goes. What goes along
 * does so whoever asks: that is what `cascade` and `clear` declare.
 *
 * @throws GalleyError `conflict` when a record that stays refers to one of them with `restrict`
 */
export async function removeRecord(
  collection: CollectionModel,
  row: Row,
  context: WriteContext,
  clear: Clear,
): Promise<void> {
  const going = new Map<string, Going>();
  await gather([{ collection, row }], going, context, clear);
  await refuseIfReferred(going, context);
  const ties = tiesOf(going);
  const gone = new Set<string>();
  for (const key of removalOrder(going, ties)) {
    const one = going.get(key);
    if (one === undefined) continue;
    for (const { from, field } of ties.get(key) ?? []) {
      // Records may refer to each other in a circle; those that go need no entry in the feed for that.
      if (!gone.has(keyOf(from)))
        await storeStep(context, () =>
          context.writer.update(from.collection, String(from.row["id"]), { [field]: null }),
        );
    }
    gone.add(key);
    await remove(one, context);
  }
}

/** Finds everything that goes, and clears what stays. What is gathered at a time are records of one collection. */
async function gather(
  some: readonly Going[],
  going: Map<string, Going>,
  context: WriteContext,
  clear: Clear,
): Promise<void> {
  const found: Going[] = [];
  for (const one of some) {
    if (going.has(keyOf(one))) continue;
    going.set(keyOf(one), one);
    await one.collection.declaration.hooks.beforeDelete?.(one.row as never, hookContext(context));
    found.push(one);
  }
  const [first] = found;
  if (first === undefined) return;
  for await (const dependents of dependentsOf(first.collection, found.map(idOf), context)) {
    await gather(
      dependents.filter(({ onDelete }) => onDelete === "cascade"),
      going,
      context,
      clear,
    );
    for (const { onDelete, field, ...dependent } of dependents)
      if (onDelete === "clear" && !going.has(keyOf(dependent))) await clear(dependent.collection, dependent.row, field);
  }
}

async function refuseIfReferred(going: ReadonlyMap<string, Going>, context: WriteContext): Promise<void> {
  const stays = (one: Going): boolean => !going.has(keyOf(one));
  const byCollection = Map.groupBy(going.values(), ({ collection }) => collection);
  for (const [collection, ones] of byCollection) {
    for (let start = 0; start < ones.length; start += chunk) {
      const ids = ones.slice(start, start + chunk).map(idOf);
      const referrer = await referrerOf(collection, ids, going.size, stays, context);
      if (referrer === undefined) continue;
      const place = `${referrer.collection.name}.${referrer.field}`;
      throw new GalleyError("conflict", `The record is referred to by ${place}, so it can't be deleted.`, {
        errors: [{ path: "", code: "referenced", message: `is referred to by ${place}` }],
      });
    }
  }
}

/** What refers to each record that goes, of those that go as well. */
function tiesOf(going: ReadonlyMap<string, Going>): Map<string, Tie[]> {
  const ties = new Map<string, Tie[]>();
  for (const from of going.values()) {
    for (const { name, target } of refsOf(from.collection.declaration)) {
      const key = `${target} ${String(from.row[name])}`;
      if (!going.has(key) || key === keyOf(from)) continue;
      const required = from.collection.fields.get(name)?.modifiers.presence !== "optional";
      const known = ties.get(key);
      if (known === undefined) ties.set(key, [{ from, field: name, required }]);
      else known.push({ from, field: name, required });
    }
  }
  return ties;
}

/** Dependents before what they depend on. In a circle one of the refs is optional: no record could have been the first. */
function removalOrder(going: ReadonlyMap<string, Going>, ties: ReadonlyMap<string, readonly Tie[]>): Set<string> {
  const order = new Set<string>();
  const visit = (key: string): void => {
    for (const { from, required } of ties.get(key) ?? []) {
      if (required && !order.has(keyOf(from))) visit(keyOf(from));
    }
    order.add(key);
  };
  for (const key of [...going.keys()].toReversed()) visit(key);
  return order;
}

async function remove({ collection, row: found }: Going, context: WriteContext): Promise<void> {
  const key = nameOf(collection, found["id"]);
  const row = await inTurn(context, key, async () => {
    const last = await lastState(collection, found, context);
    // Code that deletes the same record twice at the same time has found it there both times; and a hook may have deleted it.
    if (last === undefined) return undefined;
    context.versions.set(key, removed);
    await storeStep(context, () => context.writer.remove(collection, String(last["id"])));
    const names = collection.noted.filter((name) => last[name] !== null);
    await note(collection, "deleted", last, last, names, context);
    return last;
  });
  if (row !== undefined) await collection.declaration.hooks.afterDelete?.(row as never, hookContext(context));
}

function idOf({ row }: Going): string {
  return String(row["id"]);
}

function keyOf({ collection, row }: Going): string {
  return nameOf(collection, row["id"]);
}
