import type { Engine, Reader } from "../database/engine.ts";
import type { Model } from "../schema/model.ts";
import { type Principal, system } from "../schema/principal.ts";
import type { Collection } from "../schema/collection.ts";
import type { Database, Repository } from "../schema/repository.ts";
import { createDatabase, createWriteContext } from "./database-handle.ts";
import { checkWhole, type RecordContext } from "./record-context.ts";
import { createViewer } from "./viewer.ts";

/** The records outside of requests: each call of a repository is a read or a transaction of its own. */
export interface OpenDatabase extends Database {
  /**
   * Runs code in one serializable transaction: all of it is stored, or nothing.
   *
   * @param milliseconds how long it may take; as long as an action may, unless told otherwise
   * @example
   * await db.transaction(async (db) => {
   *   const { id } = await db(boards).create({ name: "Plans" });
   *   await db(cards).create({ board: id, title: "Begin" });
   * });
   */
  transaction<T>(work: (db: Database) => Promise<T>, milliseconds?: number): Promise<T>;
}

/** What it takes to use the records outside of requests. */
export interface OpenDatabaseParts {
  readonly model: Model;
  readonly engine: Engine;
  readonly clock: { now(): number };
  /** On whose behalf; the application itself unless told otherwise. Asked for each use: what someone may do changes. */
  readonly who?: (reader: Reader) => Promise<Principal>;
}

/** Creates what code uses that is not part of an operation: seeds, tests, the console. Hooks run and the feed is kept. */
export function openDatabase({ model, engine, clock, who }: OpenDatabaseParts): OpenDatabase {
  async function contextOf(reader: Reader): Promise<RecordContext> {
    const principal = (await who?.(reader)) ?? system;
    const now = new Date(clock.now()).toISOString();
    return { model, principal, viewer: createViewer(model, principal, now), now, requestId: null, reader };
  }

  const reading = async <T>(work: (db: Database) => Promise<T>): Promise<T> =>
    engine.read(async (reader) => work(createDatabase(await contextOf(reader))));

  const transaction: OpenDatabase["transaction"] = (work, milliseconds) =>
    engine.write(
      async (writer) => {
        const context = createWriteContext(await contextOf(writer), writer);
        const result = await work(context.db(context));
        checkWhole(context);
        return result;
      },
      milliseconds === undefined ? {} : { milliseconds },
    );

  const under = (free: boolean) =>
    function repository<C extends Collection>(collection: C): Repository<C> {
      const of = (db: Database): Repository<C> => (free ? db.unrestricted(collection) : db(collection));
      return {
        get: (id) => reading((db) => of(db).get(id)),
        find: (selection) => reading((db) => of(db).find(selection)),
        list: (selection) => reading((db) => of(db).list(selection)),
        all: (selection) => reading((db) => of(db).all(selection)),
        count: (selection) => reading((db) => of(db).count(selection)),
        create: (input) => transaction((db) => of(db).create(input)),
        createMany: (inputs) => transaction((db) => of(db).createMany(inputs)),
        update: (id, patch) => transaction((db) => of(db).update(id, patch)),
        delete: (id) => transaction((db) => of(db).delete(id)),
      };
    };

  return Object.assign(under(false), { unrestricted: under(true), transaction });
}
