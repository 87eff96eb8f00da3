import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";
import { recordKey, type WriteContext } from "./record-context.ts";

// Code may make several writes of a record at once, and hooks do while another is under way. None of them is lost, and the feed has
// them in the order in which they were stored.

/** Whether a record is not as it was any more when it was read: another write of the same transaction has been at it. */
export function isSuperseded(collection: CollectionModel, row: Row, { progress }: WriteContext): boolean {
  const version = progress.versions.get(recordKey(collection, row["id"]));
  return version !== undefined && version > Number(row["version"]);
}

/** The update of a record that is being stored, together with its entry in the feed. It never rejects. */
export function otherUpdate(collection: CollectionModel, id: string, context: WriteContext): Promise<void> | undefined {
  return context.progress.storing.get(recordKey(collection, id))?.catch(() => undefined);
}

/** Stores an update of a record, and has others wait until it is there with its entry in the feed. */
export async function storeInTurn(
  collection: CollectionModel,
  after: Row,
  { progress }: WriteContext,
  store: () => Promise<void>,
): Promise<void> {
  const key = recordKey(collection, after["id"]);
  const work = store();
  progress.storing.set(key, work);
  try {
    await work;
    progress.versions.set(key, Number(after["version"]));
  } finally {
    progress.storing.delete(key);
  }
}

/** Whether a record was removed in this transaction, or is being removed. */
export function isGone(collection: CollectionModel, id: string, { progress }: WriteContext): boolean {
  return progress.versions.get(recordKey(collection, id)) === Number.POSITIVE_INFINITY;
}

/** Removes a record, and has no other write come after that. */
export async function removeInTurn(
  collection: CollectionModel,
  row: Row,
  { progress }: WriteContext,
  remove: () => Promise<void>,
): Promise<void> {
  const key = recordKey(collection, row["id"]);
  progress.versions.set(key, Number.POSITIVE_INFINITY);
  try {
    await remove();
  } catch (error) {
    progress.versions.set(key, Number(row["version"]));
    throw error;
  }
}

/** Notes that there is a record again, where one may have been removed. */
export function isThereAgain(collection: CollectionModel, row: Row, { progress }: WriteContext): void {
  if (progress.versions.size > 0) progress.versions.delete(recordKey(collection, row["id"]));
}
