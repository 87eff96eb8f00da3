import { kept } from "../../kit/kept.ts";
import type { Predicate } from "../../query/predicate.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { JsonView } from "../engine.ts";
import { createSqlBuilder, type SqlBuilder } from "./sql-builder.ts";
import { quote, type Sql, type SqlDialect } from "./sql-dialect.ts";
import { canWriteJson, jsonSql } from "./sql-json.ts";
import type { Source } from "./sql-page.ts";

/** The columns of records that are written as JSON. */
export interface Look<Value> extends Pick<Source, "columns" | "texts"> {
  /** Statements that answer one record by its id, the first of their values, by who may see it; where the columns are always the same. */
  readonly byId?: WeakMap<Predicate, Sql<Value>>;
}

/** Knows how records are written as JSON, with the columns of some of their fields behind it. */
export interface Looks<Value> {
  /** Undefined where the database can't. The columns may bind values of the statement. */
  of(
    collection: CollectionModel,
    view: JsonView,
    keys: readonly string[],
    builder: SqlBuilder<Value>,
  ): Look<Value> | undefined;
}

/** Looks that are kept: clients choose them, and each keeps texts of its own. */
const mostLooks = 100;

/** A look that is the same for all callers is spelled once. */
export function createLooks<Value>(model: Model, dialect: SqlDialect<Value>): Looks<Value> {
  const known = new Map<string, Look<Value>>();

  /** What is shown of each record; undefined where a rule about others is part of it. */
  function nameOf(collection: CollectionModel, view: JsonView): string | undefined {
    let name = view.fields === collection.plain ? "*" : view.fields.join();
    for (const { relation, where, view: further } of view.include) {
      const target = collection.relations.get(relation)?.target;
      if (where.kind !== "always" || target === undefined) return undefined;
      const inner = nameOf(model.collection(target), further);
      if (inner === undefined) return undefined;
      name += `+${relation}(${inner})`;
    }
    return name;
  }

  return {
    of(collection, view, keys, builder) {
      if (dialect.json === undefined) return undefined;
      const name = nameOf(collection, view);
      const key = name === undefined ? undefined : `${collection.name} ${name} ${keys.join()}`;
      const isKnown = key !== undefined && known.has(key);
      if (!isKnown && !canWriteJson(collection, view, dialect, model)) return undefined;
      const write = (into: SqlBuilder<Value>): string =>
        keys.reduce(
          (text, field) => `${text}, t.${quote(field)}`,
          jsonSql(collection, view, "t", { model, dialect, builder: into }),
        );
      if (key === undefined) return { columns: () => write(builder) };
      return kept(known, key, mostLooks, () => {
        const columns = write(createSqlBuilder(model, dialect));
        return { columns: () => columns, texts: new Map(), byId: new WeakMap<Predicate, Sql<Value>>() };
      });
    },
  };
}
