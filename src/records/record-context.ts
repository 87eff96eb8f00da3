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
  /** What hooks are given: the same transaction, through repositories. */
  readonly db: Database;
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
