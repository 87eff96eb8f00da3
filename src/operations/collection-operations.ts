import { GalleyError, invalid } from "../kit/galley-error.ts";
import { allOf, always, type Predicate } from "../query/predicate.ts";
import type { AggregateQuery, ListQuery, View } from "../query/query.ts";
import { parseAggregateQuery, parseListQuery, parseViewQuery, type QueryContext } from "../query/query-parser.ts";
import type { Row } from "../query/sort.ts";
import type { WritePermissions } from "../records/allowed-writes.ts";
import { hooksCreates } from "../records/hook-context.ts";
import { sizeOfRows } from "../records/answer-size.ts";
import { granted, type Permission, permissionFor, predicateOf } from "../records/permission.ts";
import { holdsFor } from "../records/record-context.ts";
import { createRecord, deleteRecord, replaceRecord, updateRecord } from "../records/record-writer.ts";
import type { Viewer } from "../records/viewer.ts";
import type { Deed } from "../schema/collection.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { checkedId, parseMany, parseReplacement, withId } from "./record-inputs.ts";
import { getRecord, listRecords, notFound } from "./read-records.ts";
import { prefixErrors } from "./prefix-errors.ts";
import { presentMany } from "./present-many.ts";
import type { CallContext, Operation, ReadOperation, Verb, WriteCall, WriteOperation } from "./operation.ts";

/** Records of one page. */
const mostListed = 200;
const mostGroups = 10_000;

/** A query that a projection has read already, such as that of a URL. */
export class ParsedQuery<T> {
  readonly query: T;

  constructor(query: T) {
    this.query = query;
  }
}

/** What came of a PUT. */
interface Replaced {
  readonly row: Row;
  readonly created: boolean;
}

/** What a query of a call is read with. */
export function queryContextOf(collection: CollectionModel, model: Model, viewer: Viewer): QueryContext {
  return { collection, model, scope: viewer.scope, mostRecords: mostListed };
}

/** The operations that every collection has. */
export function collectionOperations(collection: CollectionModel, model: Model): Operation[] {
  const permission = (deed: Deed, call: CallContext): Permission =>
    permissionFor(deed, collection, model, call.principal, call.now);

  /** Denied outright is refused before anything is looked at; a predicate decides record by record. */
  function grant(deed: Deed, call: CallContext): WritePermissions {
    const write = permission(deed, call);
    granted(write, call.principal);
    return { write, read: permission("read", call) };
  }

  const describe = (verb: Verb, summary: string) => ({
    name: `${collection.name}.${verb}`,
    summary,
    collection,
    verb,
    action: undefined,
  });

  function reading(verb: Verb, summary: string, parts: Pick<ReadOperation, "parse" | "run" | "errors">): ReadOperation {
    return {
      ...describe(verb, summary),
      mode: "read",
      authorize: (call) => granted(permission("read", call), call.principal),
      ...parts,
    };
  }

  function writing(
    verb: Verb,
    deed: Deed,
    summary: string,
    parts: Pick<WriteOperation, "parse" | "run" | "errors"> & Partial<WriteOperation>,
  ): WriteOperation {
    return {
      ...describe(verb, summary),
      mode: "write",
      authorize: (call) => grant(deed, call),
      prepare: undefined,
      created: undefined,
      changes: undefined,
      adds: undefined,
      present: (row, { viewer }) => viewer.present(collection, row as Row),
      ...parts,
    };
  }

  async function isInSight(row: Row, { write, read }: WritePermissions, call: WriteCall): Promise<boolean> {
    const holds = (one: Permission): Promise<boolean> => holdsFor(predicateOf(one), collection, row, call.records);
    return (await holds(write)) || holds(read);
  }

  /** Who may change a record need not be able to read it, and must not by changing nothing: its id is all they are told then. */
  async function asFarAsSeen(row: Row, { read }: WritePermissions, call: WriteCall): Promise<Row> {
    call.size?.add(sizeOfRows([row]));
    return (await holdsFor(predicateOf(read), collection, row, call.records)) ? row : { id: row["id"] };
  }

  function presentWritten(row: unknown, { viewer }: CallContext): unknown {
    const written = row as Row;
    return viewer.present(collection, written, Object.hasOwn(written, "version") ? undefined : ["id"]);
  }

  /** A query that a URL spelled was read by its projection; one in JSON is read here. */
  function query<T>(input: unknown, call: CallContext, parse: (input: unknown, context: QueryContext) => T): T {
    if (input instanceof ParsedQuery) return input.query as T;
    return parse(input, queryContextOf(collection, model, call.viewer));
  }

  const list = reading("list", `Lists ${collection.name}.`, {
    errors: ["invalid_query", "malformed"],
    parse: (input, call) => query(input, call, parseListQuery),
    run: (input, where, call) => listRecords(collection, input as ListQuery, where as Predicate, call),
  });

  const get = reading("get", `Answers one record of ${collection.name}.`, {
    errors: ["not_found", "invalid_query"],
    parse(input, call) {
      const { id, rest } = withId(input, collection);
      return { id, view: query(rest["view"] ?? rest, call, parseViewQuery) };
    },
    run(input, where, call) {
      const { id, view } = input as { readonly id: string; readonly view: View };
      return getRecord(collection, id, view, where as Predicate, call);
    },
  });

  const aggregate = reading("aggregate", `Counts and sums up ${collection.name}.`, {
    errors: ["invalid_query"],
    parse: (input, call) => query(input, call, parseAggregateQuery),
    async run(input, where, call) {
      const asked = input as AggregateQuery;
      const groups = await call.records.reader.aggregate(
        collection,
        { ...asked, where: allOf([where as Predicate, asked.where]) },
        mostGroups + 1,
      );
      if (groups.length > mostGroups) {
        throw invalid("invalid_query", [
          { path: "/group", code: "too_many", message: `makes more than ${mostGroups} groups` },
        ]);
      }
      return { data: groups.map(({ group, count, figures }) => ({ ...group, count, ...figures })) };
    },
  });

  // A slug that is made must not be one that somebody else makes at the same time.
  const addsAlone = !hooksCreates(collection) && collection.madeSlugs.length === 0;

  const create = writing("create", "create", `Creates a record of ${collection.name}.`, {
    errors: ["invalid_input", "conflict"],
    parse: (input) => collection.validators.create.parse(input),
    adds: () => addsAlone,
    run: (input, permissions, call) =>
      createRecord(collection, input as Row, (permissions as WritePermissions).write, call.records),
  });

  const createMany = writing("createMany", "create", `Creates many records of ${collection.name}: all or none.`, {
    errors: ["invalid_input", "conflict", "too_large"],
    parse: (input) => parseMany(input, collection),
    // Of one alone a gathered statement tells what is wrong with it, and not where in the request it was.
    adds: (inputs) => (inputs as Row[]).length > 1 && addsAlone,
    async run(inputs, permissions, call) {
      const rows: Row[] = [];
      for (const [index, input] of (inputs as Row[]).entries()) {
        rows.push(
          await prefixErrors(`/${index}`, () =>
            createRecord(collection, input, (permissions as WritePermissions).write, call.records),
          ),
        );
      }
      return rows;
    },
    present: (rows, call) => presentMany(rows as Row[], (row) => call.viewer.present(collection, row), call),
  });

  const update = writing("update", "update", `Changes a record of ${collection.name} (JSON Merge Patch).`, {
    errors: ["not_found", "invalid_input", "conflict", "precondition_failed"],
    parse(input) {
      const { id, rest } = withId(input, collection);
      return { id, patch: collection.validators.patch.parse(rest) };
    },
    async run(input, permissions, call) {
      const { id, patch } = input as { readonly id: string; readonly patch: Row };
      const allowed = permissions as WritePermissions;
      const row = await updateRecord(collection, id, patch, allowed, call.records, call.ifMatch);
      return asFarAsSeen(row, allowed, call);
    },
    present: presentWritten,
  });

  const replace = writing("replace", "update", `Replaces a record of ${collection.name}, or creates it with this id.`, {
    errors: ["not_found", "invalid_input", "conflict", "precondition_failed"],
    parse(input) {
      const { id, rest } = withId(input, collection);
      return { id, input: parseReplacement(rest, collection) };
    },
    // Who may only create, or only change, may do so: which of the two it is shows in the transaction.
    authorize(call) {
      const [write, made, read] = [permission("update", call), permission("create", call), permission("read", call)];
      if (made.kind === "denied") granted(write, call.principal);
      return { write, create: made, read };
    },
    async run(input, permissions, call) {
      const { id, input: fields } = input as { readonly id: string; readonly input: Row };
      const { create: made, ...rest } = permissions as WritePermissions & { readonly create: Permission };
      const existing = await call.records.reader.get(collection, id, always);
      // To who may not create, a record that is out of sight and one that isn't there must look the same, to conditions too.
      if (made.kind === "denied" && !(existing && (await isInSight(existing, rest, call))))
        throw notFound(collection, id);
      if (existing !== undefined && call.ifNoneMatch?.includes("*")) {
        throw new GalleyError(
          "precondition_failed",
          `There is a record of ${collection.name} with the id ${id} already.`,
        );
      }
      if (existing !== undefined) {
        const row = await replaceRecord(collection, id, fields, rest, call.records, call.ifMatch);
        return { row: await asFarAsSeen(row, rest, call), created: false };
      }
      if (call.ifMatch !== undefined)
        throw new GalleyError("precondition_failed", `There is no record of ${collection.name} with the id ${id}.`);
      return {
        row: await createRecord(collection, fields, made, call.records, checkedId(collection, id)),
        created: true,
      };
    },
    created: (result) => (result as Replaced).created,
    present: (result, call) => presentWritten((result as Replaced).row, call),
  });

  const remove = writing("delete", "delete", `Deletes a record of ${collection.name}.`, {
    errors: ["not_found", "conflict", "precondition_failed", "too_large"],
    parse(input) {
      const { id, rest } = withId(input, collection);
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined)
        throw invalid("invalid_input", [
          { path: `/${unknown}`, code: "unknown_field", message: "is not a field here" },
        ]);
      return { id };
    },
    run: (input, permissions, call) =>
      deleteRecord(
        collection,
        (input as { readonly id: string }).id,
        permissions as WritePermissions,
        call.records,
        call.ifMatch,
      ),
    present: () => null,
  });

  return [list, get, create, createMany, update, replace, remove, aggregate];
}
