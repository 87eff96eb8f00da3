import type { Reader, Writer } from "../database/engine.ts";
import { usesRelations, type Predicate } from "../query/predicate.ts";
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
  /** Makes what hooks are given: the same transaction, through repositories. */
  readonly db: () => Database;
  readonly progress: Progress;
}

/** What a transaction has come to, so that nobody commits half of a write. */
export interface Progress {
  /** How often something was stored. */
  written: number;
  /** The failure of a write that had stored something already. */
  broken: { readonly error: unknown } | undefined;
  /** Writes of many steps that have begun and not ended. */
  underWay: number;
  /** Whether what it has come to was looked at: nothing may be added. */
  ended: boolean;
  /** Versions of the records that were stored, by {@link recordKey}; infinite for those that were removed. */
  readonly versions: Map<string, number>;
  /** Updates that are being stored this very moment, by {@link recordKey}. */
  readonly storing: Map<string, Promise<void>>;
}

/** Where a transaction begins. */
export function createProgress(): Progress {
  return { written: 0, broken: undefined, underWay: 0, ended: false, versions: new Map(), storing: new Map() };
}

/** A record among those of all collections. */
export function recordKey({ name }: CollectionModel, id: unknown): string {
  return `${name} ${String(id)}`;
}

/**
 * Runs a write of many steps. When it fails after its first step, the transaction can't be committed any more: code that
 * catches the error would keep a record that a rule, a hook or a constraint has refused.
 */
export async function wholly<T>({ progress }: WriteContext, write: () => Promise<T>): Promise<T> {
  if (progress.ended) throw new Error(`The transaction has ended: ${notAwaited}`);
  const before = progress.written;
  progress.underWay++;
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
