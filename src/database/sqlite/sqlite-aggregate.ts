import {
  aggregateFunctions,
  type AggregateFunction,
  type AggregateQuery,
  type AggregateRow,
} from "../../query/query.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { quote, type Sql, type SqlValue } from "./sqlite-connection.ts";
import { decodeValue, storageOf } from "./sqlite-rows.ts";
import { type SqlBuilder, whereSql } from "./sqlite-where.ts";

/** An aggregate as SQL: the group's keys, the count, then the figures in the order of {@link aggregateFunctions}. */
export function aggregateSql(collection: CollectionModel, query: AggregateQuery, limit: number, model: Model): Sql {
  const builder: SqlBuilder = { model, values: [], tables: 0 };
  const keys = query.group.map((field) => `t.${quote(field)}`);
  const figures = aggregateFunctions.flatMap((figure) =>
    query.figures[figure].map((field) => figureSql(figure, field)),
  );
  const where = whereSql(query.where, collection, "t", builder);
  const grouping = keys.length === 0 ? "" : ` GROUP BY ${keys.join(", ")} ORDER BY ${keys.join(", ")}`;
  builder.values.push(limit);
  return {
    text: `SELECT ${[...keys, "count(*)", ...figures].join(", ")} FROM ${quote(collection.name)} t WHERE ${where}${grouping} LIMIT min(?, 1000000)`,
    values: builder.values,
  };
}

/** One group from the columns that {@link aggregateSql} asks for. */
export function decodeAggregate(
  collection: CollectionModel,
  query: AggregateQuery,
  columns: readonly SqlValue[],
): AggregateRow {
  let index = 0;
  const next = (field: string): unknown => decodeValue(columns[index++], storageOf(collection, field));
  const group = Object.fromEntries(query.group.map((field) => [field, next(field)]));
  const count = Number(columns[index++]);
  const figure = (name: AggregateFunction): Record<string, unknown> =>
    Object.fromEntries(query.figures[name].map((field) => [field, next(field)]));
  return { group, count, figures: { sum: figure("sum"), avg: figure("avg"), min: figure("min"), max: figure("max") } };
}

function figureSql(figure: AggregateFunction, field: string): string {
  const column = `t.${quote(field)}`;
  // A sum of integers fails when it overflows 64 bits; as a REAL it is exact as far as JSON numbers are.
  return figure === "sum" ? `sum(${column} * 1.0)` : `${figure}(${column})`;
}
