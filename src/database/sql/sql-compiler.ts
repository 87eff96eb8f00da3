import type { Predicate } from "../../query/predicate.ts";
import {
  aggregateFunctions,
  type AggregateFunction,
  type AggregateQuery,
  type AggregateRow,
  type Query,
} from "../../query/query.ts";
import { relevance, type Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { JsonView } from "../engine.ts";
import { createLooks } from "./sql-look.ts";
import { createSqlBuilder, fieldOf, type SqlBuilder } from "./sql-builder.ts";
import { quote, type Sql, type SqlDialect } from "./sql-dialect.ts";
import { pageSql, textOf } from "./sql-page.ts";

/** Writes the statements that read, and reads their answers. */
export interface SqlCompiler<Value> {
  get(collection: CollectionModel, id: string, where: Predicate): Sql<Value>;
  /** The columns of the record, and behind them those of the one that it refers to. */
  find(
    collection: CollectionModel,
    field: string,
    value: string,
    reference: string,
  ): { readonly target: CollectionModel; readonly sql: Sql<Value> };
  select(collection: CollectionModel, query: Query): Sql<Value>;
  /** Each record as one column of JSON, and behind it those of `keys`; undefined where the database can't. */
  selectJson(
    collection: CollectionModel,
    query: Query,
    view: JsonView,
    keys: readonly string[],
  ): Sql<Value> | undefined;
  /** The same of one record. */
  getJson(
    collection: CollectionModel,
    id: string,
    where: Predicate,
    view: JsonView,
    keys: readonly string[],
  ): Sql<Value> | undefined;
  count(collection: CollectionModel, where: Predicate): Sql<Value>;
  aggregate(collection: CollectionModel, query: AggregateQuery, limit: number): Sql<Value>;
  /** A record from the columns of `get` and `select`. */
  row(collection: CollectionModel, columns: readonly unknown[]): Row;
  /** The values of fields from the columns behind the JSON. */
  keys(collection: CollectionModel, names: readonly string[], columns: readonly unknown[]): Row;
  /** A group from the columns of `aggregate`. */
  group(collection: CollectionModel, query: AggregateQuery, columns: readonly unknown[]): AggregateRow;
}

/** What is the same in every statement about a collection. */
interface Shape {
  readonly table: string;
  readonly columns: string;
  readonly decode: (columns: readonly unknown[]) => Row;
  /** Texts of the statements that answer records, by what stands behind their columns. */
  readonly texts: Map<string, string>;
  /** The statements of `find` by field and reference. */
  readonly found: Map<string, string>;
}

/** Creates the compiler for a model and a dialect. */
export function createSqlCompiler<Value>(model: Model, dialect: SqlDialect<Value>): SqlCompiler<Value> {
  const shapes = new Map<string, Shape>();

  function shapeOf(collection: CollectionModel): Shape {
    let shape = shapes.get(collection.name);
    if (shape === undefined) shapes.set(collection.name, (shape = createShape(collection, dialect)));
    return shape;
  }

  const looks = createLooks(model, dialect);
  const start = (): SqlBuilder<Value> => createSqlBuilder(model, dialect);

  /** The condition on one record. */
  function byId(collection: CollectionModel, id: string, where: Predicate, builder: SqlBuilder<Value>): string {
    const found = dialect.compare(idPlace(collection), "eq", id, builder.bind);
    return where.kind === "always" ? found : `${found} AND ${builder.where(where, collection, "t")}`;
  }

  return {
    get(collection, id, where) {
      const builder = start();
      const { table, columns, texts } = shapeOf(collection);
      const rest = ` WHERE ${byId(collection, id, where, builder)}`;
      return builder.finish(textOf(texts, rest, () => `SELECT ${columns} FROM ${table} t${rest}`));
    },
    find(collection, field, value, reference) {
      const relation = collection.relations.get(reference);
      if (relation === undefined) throw new Error(`"${collection.name}" has no reference "${reference}".`);
      const target = model.collection(relation.target);
      const builder = start();
      const place = { column: `t.${quote(field)}`, field: fieldOf(collection, field), path: [] };
      const found = dialect.compare(place, "eq", value, builder.bind);
      const { table, columns, found: texts } = shapeOf(collection);
      const key = `${reference} ${found}`;
      let text = texts.get(key);
      if (text === undefined) {
        const other = target.stored.map((name) => `o.${quote(name)}`).join(", ");
        const join = `JOIN ${quote(target.name)} o ON o."id" = t.${quote(reference)}`;
        text = `SELECT ${columns}, ${other} FROM ${table} t ${join} WHERE ${found}`;
        texts.set(key, text);
      }
      return { target, sql: builder.finish(text) };
    },
    select(collection, query) {
      const shape = shapeOf(collection);
      const source = { table: shape.table, columns: () => shape.columns, texts: shape.texts };
      return pageSql(collection, query, source, dialect, start());
    },
    selectJson(collection, query, view, keys) {
      if (query.order.some(({ field }) => field === relevance)) return undefined;
      const builder = start();
      const look = looks.of(collection, view, keys, builder);
      if (look === undefined) return undefined;
      return pageSql(collection, query, { table: shapeOf(collection).table, ...look }, dialect, builder);
    },
    getJson(collection, id, where, view, keys) {
      const builder = start();
      const look = looks.of(collection, view, keys, builder);
      if (look === undefined) return undefined;
      const known = look.byId?.get(where);
      if (known !== undefined)
        return { text: known.text, values: known.values.with(0, dialect.encode(id, fieldOf(collection, "id"))) };
      const columns = look.columns();
      const rest = ` WHERE ${byId(collection, id, where, builder)} ${dialect.limit("1")}`;
      const spell = (): string => `SELECT ${columns} FROM ${shapeOf(collection).table} t${rest}`;
      const sql = builder.finish(textOf(look.texts, rest, spell));
      look.byId?.set(where, sql);
      return sql;
    },
    count(collection, where) {
      const builder = start();
      const condition = builder.where(where, collection, "t");
      return builder.finish(`SELECT count(*) FROM ${shapeOf(collection).table} t WHERE ${condition}`);
    },
    aggregate(collection, query, limit) {
      const builder = start();
      const keys = query.group.map((field) => `t.${quote(field)}`);
      const figure = (name: AggregateFunction): string[] =>
        query.figures[name].map((field) => dialect.figure(name, `t.${quote(field)}`, fieldOf(collection, field)));
      const columns = [...keys, "count(*)", ...aggregateFunctions.flatMap(figure)];
      const where = builder.where(query.where, collection, "t");
      const order = keys.map((key) => dialect.order(key, false));
      const grouping = keys.length === 0 ? "" : ` GROUP BY ${keys.join(", ")} ORDER BY ${order.join(", ")}`;
      const most = dialect.limit(builder.bind(dialect.number(limit)));
      return builder.finish(
        `SELECT ${columns.join(", ")} FROM ${shapeOf(collection).table} t WHERE ${where}${grouping} ${most}`,
      );
    },
    row: (collection, columns) => shapeOf(collection).decode(columns),
    keys: (collection, names, columns) =>
      Object.fromEntries(names.map((name, index) => [name, dialect.decode(columns[index], fieldOf(collection, name))])),
    group(collection, query, columns) {
      let index = 0;
      const next = (field: string): unknown => dialect.decode(columns[index++], fieldOf(collection, field));
      const group = Object.fromEntries(query.group.map((field) => [field, next(field)]));
      const count = Number(columns[index++]);
      // A sum and an average are numbers whatever the field, or were too large for one; the others are values of it.
      const numeric = (): unknown => {
        const value = columns[index++];
        return value === null || !Number.isFinite(Number(value)) ? null : Number(value);
      };
      const figure = (name: AggregateFunction): Record<string, unknown> =>
        Object.fromEntries(
          query.figures[name].map((field) => [field, name === "sum" || name === "avg" ? numeric() : next(field)]),
        );
      return {
        group,
        count,
        figures: { sum: figure("sum"), avg: figure("avg"), min: figure("min"), max: figure("max") },
      };
    },
  };
}

function createShape<Value>(collection: CollectionModel, dialect: SqlDialect<Value>): Shape {
  const names = collection.stored;
  const fields = names.map((name) => fieldOf(collection, name));
  const columns = fields.map((field, index) => ({
    name: names[index] ?? "",
    field: dialect.isPlain(field) ? undefined : field,
  }));
  return {
    table: quote(collection.name),
    columns: names.map((name) => `t.${quote(name)}`).join(", "),
    // Once for each record of each answer: what needs no decoding is not asked about.
    decode(values) {
      const row: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index++) {
        const { name, field } = columns[index] as (typeof columns)[number];
        row[name] = field === undefined ? values[index] : dialect.decode(values[index], field);
      }
      const rank = values[names.length];
      // For cursors alone: whoever goes through a record's fields, or spells it, doesn't meet it.
      if (rank !== undefined) Object.defineProperty(row, relevance, { value: Number(rank) });
      return row;
    },
    texts: new Map(),
    found: new Map(),
  };
}

function idPlace(collection: CollectionModel) {
  return { column: 't."id"', field: fieldOf(collection, "id"), path: [] };
}
