import { GalleyError, invalid } from "../kit/galley-error.ts";
import type { Writer } from "../database/engine.ts";
import { encodeCursor } from "../query/cursor.ts";
import { allOf } from "../query/predicate.ts";
import type { ListQuery } from "../query/query.ts";
import { createQueryReport, mostInCode } from "../query/query-report.ts";
import { parseListQuery } from "../query/query-parser.ts";
import { type Scope, unrestrictedScope } from "../query/scope.ts";
import type { Row } from "../query/sort.ts";
import type { Collection, Deed } from "../schema/collection.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { Database, Repository } from "../schema/repository.ts";
import type { WritePermissions } from "./allowed-writes.ts";
import { hooksCreates } from "./hook-context.ts";
import { granted, type Permission, permissionFor, unrestricted } from "./permission.ts";
import { inSteps, type Progress, type RecordContext, type WriteContext } from "./record-context.ts";
import { createRecord, deleteRecord, updateRecord } from "./record-writer.ts";
import { TransactionWriter } from "./transaction-writer.ts";

/** Records that code may ask for at once. */
const mostRecords = 10_000;
/** What clients may ask of a list, and repositories answer otherwise. */
const notOffered = ["select", "include", "total"];

/** The context of a transaction, with the database that its hooks and its action are given. */
export function createWriteContext(parts: RecordContext, writer: Writer): WriteContext {
  const progress: Progress = { written: 0, broken: undefined, underWay: 0, ended: false };
  const storing = new TransactionWriter(writer, progress);
  return {
    ...parts,
    reader: storing,
    writer: storing,
    progress,
    steps: undefined,
    turns: new Map(),
    versions: new Map(),
    db: createDatabase,
  };
}

/**
 * The database as actions and hooks see it. In a context without a transaction it only reads.
 */
export function createDatabase(context: RecordContext | WriteContext): Database {
  const under = (free: boolean) =>
    function repository<C extends Collection>(collection: C): Repository<C> {
      return createRepository(context.model.collection(collection.name), context, free) as unknown as Repository<C>;
    };
  return Object.assign(under(false), { unrestricted: under(true) });
}

/** A repository whose types are those of any collection; {@link createDatabase} gives it those of one. */
function createRepository(
  collection: CollectionModel,
  context: RecordContext | WriteContext,
  free: boolean,
): Repository<Collection> {
  const scope: Scope = free ? unrestrictedScope : context.viewer.scope;
  function permission(deed: Deed): Permission {
    if (free) return unrestricted;
    // What may be read was found out before for this caller, most likely.
    if (deed === "read") return context.viewer.read(collection);
    return permissionFor(deed, collection, context.model, context.principal, context.now);
  }
  const permissions = (deed: Deed): WritePermissions => ({ write: permission(deed), read: permission("read") });

  function transaction(): WriteContext {
    if ("writer" in context) return context;
    throw new Error(
      `${collection.name} can't be written here: this code only reads. Write in the run() of an action with a transaction, or call() one.`,
    );
  }

  /** A write that is done as a whole, or makes the transaction fail. */
  async function writing<T>(write: (within: WriteContext) => Promise<T>): Promise<T> {
    return inSteps(transaction(), write);
  }

  function queryOf(selection: object, limit: number): ListQuery {
    const refused = notOffered.filter((name) => Object.hasOwn(selection, name));
    if (refused.length > 0) {
      const message = "is not offered here: records are whole, and what they refer to is asked of its own collection";
      throw invalid(
        "invalid_query",
        refused.map((name) => ({ path: `/${name}`, code: "unknown_parameter", message })),
      );
    }
    const query = parseListQuery(
      { limit, ...selection },
      { model: context.model, collection, scope, mostRecords: mostRecords + 1 },
      createQueryReport(mostInCode),
    );
    return { ...query, where: allOf([granted(permission("read"), context.principal), query.where]) };
  }

  async function get(id: string): Promise<Row> {
    const row = await context.reader.get(collection, id, granted(permission("read"), context.principal));
    if (row === undefined)
      throw new GalleyError("not_found", `There is no record of ${collection.name} with the id ${id}.`);
    return row;
  }

  const create = async (input: unknown, within: WriteContext): Promise<Row> =>
    createRecord(collection, collection.validators.create.parse(input), permission("create"), within);

  const repository = {
    get,
    async find(selection: object) {
      const [row] = await context.reader.select(collection, queryOf(selection, 1));
      return row ?? null;
    },
    async list(selection: object = {}) {
      const query = queryOf(selection, 20);
      const rows = await context.reader.select(collection, { ...query, limit: query.limit + 1 });
      const data = rows.slice(0, query.limit);
      const last = data.at(-1);
      return { data, next: rows.length > data.length && last !== undefined ? encodeCursor(query.order, last) : null };
    },
    async all(selection: object = {}) {
      const rows = await context.reader.select(collection, queryOf(selection, mostRecords + 1));
      if (rows.length <= mostRecords) return rows;
      throw new GalleyError(
        "too_large",
        `More than ${mostRecords} records of ${collection.name} match; take them in pages with list().`,
      );
    },
    count: (selection: object = {}) => context.reader.count(collection, queryOf(selection, 1).where),
    create: (input: unknown) => writing((within) => create(input, within)),
    createMany: (inputs: readonly unknown[]) =>
      writing(async (within) => {
        // Without code that may look at the others they need not wait for one another.
        if (!hooksCreates(collection)) return together(inputs.map((input) => create(input, within)));
        const rows: Row[] = [];
        for (const input of inputs) rows.push(await create(input, within));
        return rows;
      }),
    update: async (id: string, patch: unknown) =>
      writing((within) =>
        updateRecord(collection, id, collection.validators.patch.parse(patch), permissions("update"), within),
      ),
    async delete(id: string) {
      await writing((within) => deleteRecord(collection, id, permissions("delete"), within));
    },
  };
  // Rows are what the typed repository calls records: the engine stores what the validators let pass.
  return repository as unknown as Repository<Collection>;
}

/** What all of them come to, once none is at work any more. @throws the failure of the first that failed */
async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
