import type { Reader, Writer } from "../database/engine.ts";
import { allOf, always, equal, type Predicate, usesRelations } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import type { Database } from "../schema/repository.ts";
import type { Principal } from "../schema/principal.ts";
import { matchesAlone, type Viewer } from "./viewer.ts";

/** What every step of a request that touches records has at hand. */
export interface RecordContext {
  readonly model: Model;
  readonly principal: Principal;
  readonly viewer: Viewer;
  /** The time of the request, RFC 3339 in UTC. */
  readonly now: string;
  readonly requestId: string | null;
  readonly reader: Reader;
}

/** The same inside a transaction. */
export interface WriteContext extends RecordContext {
  readonly writer: Writer;
  /** Makes what hooks are given: the same transaction, through repositories, as a part of the write that a context is of. */
  readonly db: (context: WriteContext) => Database;
  readonly progress: Progress;
  /** The write of many steps that this is a part of. */
  readonly steps: Steps | undefined;
  /** The last change of each record that one is on its way of, by {@link inTurn}. */
  readonly turns: Map<string, Promise<unknown>>;
  /** Versions of the records that the transaction has stored, by {@link nameOf}; {@link removed} for those that it has removed. */
  readonly versions: Map<string, number>;
}

/** What a transaction has come to, so that nobody commits half of a write. */
export interface Progress {
  /** Writes that have begun and not ended. */
  underWay: number;
  /** Whether what it has come to was looked at: nothing may be added. */
  ended: boolean;
  /** How often something was stored. */
  written: number;
  /** The failure of a write that had stored something already. */
  broken: { readonly error: unknown } | undefined;
  /** Slugs that were made, and for which record: those of records that are made side by side are not stored yet. */
  slugs?: Map<string, unknown>;
}

/** How many records one write has stored and removed; what code does at the same time is not its doing. */
interface Steps {
  done: number;
  /** The write whose hook, or whose many records, it is a part of. */
  readonly within: Steps | undefined;
}

/** The version of a record that a transaction has removed. */
export const removed = Number.POSITIVE_INFINITY;

/** A record's name in a transaction. */
export function nameOf(collection: CollectionModel, id: unknown): string {
  return `${collection.name} ${String(id)}`;
}

/** Stores something as a step of the writes that it is a part of. */
export function storeStep(context: WriteContext, store: () => Promise<void>): Promise<void> {
  // What an operation writes by itself ends with it.
  return context.steps === undefined ? store() : storeCounted(context.steps, store);
}

async function storeCounted(all: Steps, store: () => Promise<void>): Promise<void> {
  await store();
  for (let steps: Steps | undefined = all; steps !== undefined; steps = steps.within) steps.done++;
}

/**
 * Runs a write of records, which may take many steps. When it fails after its first step, the transaction can't be committed any
 * more, as of {@link wholly}.
 */
export async function inSteps<T>(context: WriteContext, write: (within: WriteContext) => Promise<T>): Promise<T> {
  const steps: Steps = { done: 0, within: context.steps };
  begin(context.progress);
  try {
    return await write({ ...context, steps });
  } catch (error) {
    if (steps.done > 0) context.progress.broken ??= { error };
    throw error;
  } finally {
    context.progress.underWay--;
  }
}

/**
 * Runs a write of many steps. When it fails after its first step, the transaction can't be committed any more: code that
 * catches the error would keep a record that a rule, a hook or a constraint has refused.
 */
export async function wholly<T>({ progress }: WriteContext, write: () => Promise<T>): Promise<T> {
  const before = progress.written;
  begin(progress);
  try {
    return await write();
  } catch (error) {
    if (progress.written !== before) progress.broken ??= { error };
    throw error;
  } finally {
    progress.underWay--;
  }
}

const notAwaited = "a write was not awaited. Await each, and all of them where several are made at once.";

function begin(progress: Progress): void {
  if (progress.ended) throw new Error(`The transaction has ended: ${notAwaited}`);
  progress.underWay++;
}

/**
 * Runs the changes of one record one after another, each from its reading to its storing: two that code begins at the same time
 * would both begin with what was there before, and one would take back what the other has done. Nothing of the application's may
 * run within: a hook that changes the record would wait for itself.
 */
export async function inTurn<T>({ turns }: WriteContext, record: string, change: () => Promise<T>): Promise<T> {
  const before = turns.get(record);
  const changed = before === undefined ? change() : before.then(change, change);
  turns.set(record, changed);
  try {
    return await changed;
  } finally {
    if (turns.get(record) === changed) turns.delete(record);
  }
}

/** A record as it is by now: another write of the transaction may have been at it since it was read. Undefined when it is gone. */
export async function lastState(
  collection: CollectionModel,
  row: Row,
  context: WriteContext,
): Promise<Row | undefined> {
  const version = context.versions.get(nameOf(collection, row["id"])) ?? 0;
  if (version === removed) return undefined;
  return version > Number(row["version"]) ? context.reader.get(collection, String(row["id"]), always) : row;
}

/**
 * To be called when the code of a transaction has ended. What it has left behind would be stored in part: a record without its
 * entry in the feed, or without what its hooks do.
 *
 * @throws the failure of a write that was left half done, whoever caught it meanwhile
 * @throws Error when a write is under way still
 */
export function checkWhole({ progress }: WriteContext): void {
  progress.ended = true;
  if (progress.broken !== undefined) throw progress.broken.error;
  if (progress.underWay > 0) throw new Error(`Nothing was stored, because ${notAwaited}`);
}

/** Whether a stored record matches: decided in memory where the record is enough, else asked of the database. */
export async function holdsFor(
  predicate: Predicate,
  collection: CollectionModel,
  row: Row,
  context: RecordContext,
): Promise<boolean> {
  if (!usesRelations(predicate)) return matchesAlone(predicate, collection, row);
  return (await context.reader.get(collection, String(row["id"]), predicate)) !== undefined;
}

/**
 * Whether a record that is not stored yet would match: its relations are asked of the database, each as it stands. What only
 * the record itself would make true, by a way that leads back to it, isn't.
 */
export async function holdsBefore(
  predicate: Predicate,
  collection: CollectionModel,
  row: Row,
  context: Pick<RecordContext, "model" | "reader">,
): Promise<boolean> {
  switch (predicate.kind) {
    case "and":
      for (const part of predicate.of) if (!(await holdsBefore(part, collection, row, context))) return false;
      return true;
    case "or":
      for (const part of predicate.of) if (await holdsBefore(part, collection, row, context)) return true;
      return false;
    case "not":
      return !(await holdsBefore(predicate.of, collection, row, context));
    case "related":
      return isRelated(predicate.relation, predicate.where, collection, row, context);
    default:
      return matchesAlone(predicate, collection, row);
  }
}

const byId = [{ field: "id", descending: false }];

/** Whether a record at the other end of a relation matches. */
async function isRelated(
  name: string,
  where: Predicate,
  collection: CollectionModel,
  row: Row,
  { model, reader }: Pick<RecordContext, "model" | "reader">,
): Promise<boolean> {
  const relation = collection.relations.get(name);
  if (relation === undefined) throw new Error(`"${collection.name}" has no relation "${name}".`);
  const { kind, field } = relation;
  const target = model.collection(relation.target);
  if (kind === "one") {
    const id = row[field];
    return typeof id === "string" && (await reader.get(target, id, where)) !== undefined;
  }
  const found = await reader.select(target, {
    where: allOf([equal(field, String(row["id"])), where]),
    order: byId,
    limit: 1,
    after: undefined,
  });
  return found.length > 0;
}
