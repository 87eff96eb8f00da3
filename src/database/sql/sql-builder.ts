import type { Predicate } from "../../query/predicate.ts";
import type { Field } from "../../schema/field.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { type Bind, quote, type Sql, type SqlDialect, type SqlPlace } from "./sql-dialect.ts";

/** One statement while it is written: its values gather in the order of their parameters. */
export interface SqlBuilder<Value> {
  readonly bind: Bind<Value>;
  /** A name for one more table of the statement. */
  alias(): string;
  /** A predicate over the rows of a table that the statement knows by an alias. */
  where(predicate: Predicate, collection: CollectionModel, table: string): string;
  finish(text: string): Sql<Value>;
}

/**
 * Starts a statement. A comparison with a missing value is NULL in SQL and false in the algebra; both keep a record out, and
 * `not` makes them the same with coalesce, so that two truth values are enough.
 */
export function createSqlBuilder<Value>(model: Model, dialect: SqlDialect<Value>): SqlBuilder<Value> {
  const values: Value[] = [];
  let tables = 0;

  const bind: Bind<Value> = (value) => {
    values.push(value);
    return dialect.parameter(values.length);
  };

  function placeOf(collection: CollectionModel, table: string, name: string, path: readonly string[]): SqlPlace {
    return { column: `${table}.${quote(name)}`, field: fieldOf(collection, name), path };
  }

  /** @param far whether the table is at the other end of a relation */
  function where(predicate: Predicate, collection: CollectionModel, table: string, far = false): string {
    switch (predicate.kind) {
      case "always":
        return dialect.yes;
      case "never":
        return dialect.no;
      case "and":
      case "or": {
        const parts = predicate.of.map((part) => where(part, collection, table, far));
        return `(${parts.join(predicate.kind === "and" ? " AND " : " OR ")})`;
      }
      case "not":
        // A missing value is never NULL about being missing, and an index can answer this.
        if (predicate.of.kind === "missing") return `NOT (${where(predicate.of, collection, table)})`;
        return `NOT coalesce(${where(predicate.of, collection, table, far)}, ${dialect.no})`;
      case "missing":
        return dialect.missing(placeOf(collection, table, predicate.field, predicate.path));
      case "compare": {
        const place = placeOf(collection, table, predicate.field, predicate.path);
        return dialect.compare(place, predicate.comparison, predicate.operand, bind);
      }
      case "in":
        return dialect.among(placeOf(collection, table, predicate.field, predicate.path), predicate.operands, bind);
      case "related":
        return related(predicate.relation, predicate.where, collection, table, far);
      case "search":
        return dialect.search(collection, table, predicate.words, bind);
    }
  }

  function related(name: string, inner: Predicate, collection: CollectionModel, table: string, far: boolean): string {
    const relation = collection.relations.get(name);
    if (relation === undefined) throw new Error(`The collection "${collection.name}" has no relation "${name}".`);
    const target = model.collection(relation.target);
    const other = `t${++tables}`;
    const condition = where(inner, target, other, true);
    const from = `FROM ${quote(target.name)} ${other} WHERE`;
    const owner = `${other}.${quote(relation.field)}`;
    if (relation.kind === "one")
      return `EXISTS (SELECT 1 ${from} ${other}."id" = ${table}.${quote(relation.field)} AND ${condition})`;
    // From one record to many, from each of those back to one and to many again: asked of each record anew, the work is the
    // product of them all. As a set that depends on no record it is found once.
    if (far) return `${table}."id" IN (SELECT ${owner} ${from} ${condition})`;
    return `EXISTS (SELECT 1 ${from} ${owner} = ${table}."id" AND ${condition})`;
  }

  return {
    bind,
    alias: () => `t${++tables}`,
    where: (predicate, collection, table) => where(predicate, collection, table),
    finish: (text) => ({ text, values }),
  };
}

/** A field of a collection that is known to have it. */
export function fieldOf(collection: CollectionModel, name: string): Field {
  const field = collection.fields.get(name);
  if (field === undefined) throw new Error(`The collection "${collection.name}" has no field "${name}".`);
  return field;
}
