import type { Position } from "../../query/cursor.ts";
import { allOf, always, never, type Predicate } from "../../query/predicate.ts";
import type { Query } from "../../query/query.ts";
import { relevance, type SortTerm } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { quote, type Sql, type SqlValue } from "./sqlite-connection.ts";
import { encodeValue, storageOf } from "./sqlite-rows.ts";
import { matchText, searchTable, type SqlBuilder, whereSql } from "./sqlite-where.ts";

/** Writes the condition of one range of an index, its values into the builder. */
type Segment = (builder: SqlBuilder) => string;

/**
 * A page as SQL. After a cursor it is made of segments that follow one another in the order: the records that share all keys
 * but the last with the cursor, then those that share fewer. Each is one range of an index, so page 1,000 costs what page 1
 * costs, in any mix of directions and with missing values.
 */
export function selectSql(collection: CollectionModel, query: Query, model: Model): Sql {
  const builder: SqlBuilder = { model, values: [], tables: 0 };
  const segments = query.after === undefined ? [undefined] : segmentsAfter(collection, query);
  // A cursor at the very end has nothing after it; and where nothing can match, nothing was searched that could rank.
  if (segments.length === 0 || query.where.kind === "never") {
    const nothing = { ...query, where: never, order: query.order.filter(({ field }) => field !== relevance) };
    return { text: rangeSql(collection, nothing, undefined, builder), values: builder.values };
  }
  const texts = segments.map((segment) => rangeSql(collection, query, segment, builder));
  if (texts.length === 1) return { text: texts[0] ?? "", values: builder.values };
  builder.values.push(query.limit);
  return {
    text: `${texts.map((text) => `SELECT * FROM (${text})`).join(" UNION ALL ")} LIMIT min(?, 1000000)`,
    values: builder.values,
  };
}

/** The record with an id, if it matches, as SQL. */
export function getSql(collection: CollectionModel, id: string, where: Predicate, model: Model): Sql {
  const builder: SqlBuilder = { model, values: [id], tables: 0 };
  const condition = where.kind === "always" ? "" : ` AND ${whereSql(where, collection, "t", builder)}`;
  return {
    text: `SELECT ${columnsSql(collection)} FROM ${quote(collection.name)} t WHERE t."id" = ?${condition}`,
    values: builder.values,
  };
}

/** The number of matches as SQL. */
export function countSql(collection: CollectionModel, where: Predicate, model: Model): Sql {
  const builder: SqlBuilder = { model, values: [], tables: 0 };
  return {
    text: `SELECT count(*) FROM ${quote(collection.name)} t WHERE ${whereSql(where, collection, "t", builder)}`,
    values: builder.values,
  };
}

function columnsSql(collection: CollectionModel): string {
  return collection.stored.map((name) => `t.${quote(name)}`).join(", ");
}

function rangeSql(
  collection: CollectionModel,
  query: Query,
  segment: Segment | undefined,
  builder: SqlBuilder,
): string {
  const table = quote(collection.name);
  const ranked = query.order.some(({ field }) => field === relevance) ? searchOf(query.where) : undefined;
  const search = quote(searchTable(collection));
  const conditions: string[] = [];
  if (ranked !== undefined) {
    builder.values.push(matchText(ranked.words));
    conditions.push(`s.${search} MATCH ?`);
  }
  // The index that ranks has looked for the words already.
  const rest = ranked === undefined ? query.where : without(query.where, ranked);
  if (rest.kind !== "always") conditions.push(whereSql(rest, collection, "t", builder));
  if (segment !== undefined) conditions.push(segment(builder));
  builder.values.push(query.limit);
  const from = ranked === undefined ? `${table} t` : `${search} s JOIN ${table} t ON t."_row" = s.rowid`;
  const columns = ranked === undefined ? columnsSql(collection) : `${columnsSql(collection)}, s.rank`;
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  // A bare parameter after LIMIT makes SQLite prepare the statement again each time it is run.
  return `SELECT ${columns} FROM ${from}${where} ORDER BY ${query.order.map(termSql).join(", ")} LIMIT min(?, 1000000)`;
}

function termSql({ field, descending }: SortTerm): string {
  return `${keySql(field)}${descending ? " DESC" : ""}`;
}

function keySql(field: string): string {
  return field === relevance ? "s.rank" : `t.${quote(field)}`;
}

function segmentsAfter(collection: CollectionModel, { order, after = [] }: Query): Segment[] {
  const segments: Segment[] = [];
  for (let last = order.length - 1; last >= 0; last--) {
    const term = order[last];
    if (term === undefined) continue;
    for (const step of stepsAfter(collection, term, after[last] ?? null)) {
      segments.push((builder) => {
        const same = order
          .slice(0, last)
          .map(({ field }, index) => sameSql(collection, field, after[index] ?? null, builder));
        return [...same, step(builder)].join(" AND ");
      });
    }
  }
  return segments;
}

function sameSql(collection: CollectionModel, field: string, value: Position[number], builder: SqlBuilder): string {
  if (value === null) return `${keySql(field)} IS NULL`;
  builder.values.push(keyValue(collection, field, value));
  // FTS5 takes rank = ? for the name of a ranking function; as an expression it is a number like any other.
  return field === relevance ? `+${keySql(field)} = ?` : `${keySql(field)} = ?`;
}

/** What comes after a value of one key, in order: missing values are the smallest. */
function stepsAfter(collection: CollectionModel, { field, descending }: SortTerm, value: Position[number]): Segment[] {
  const key = keySql(field);
  if (value === null) return descending ? [] : [() => `${key} IS NOT NULL`];
  const beyond: Segment = (builder) => {
    builder.values.push(keyValue(collection, field, value));
    return `${key} ${descending ? "<" : ">"} ?`;
  };
  const mayBeMissing = collection.fields.get(field)?.modifiers.presence === "optional";
  return descending && mayBeMissing ? [beyond, () => `${key} IS NULL`] : [beyond];
}

function keyValue(collection: CollectionModel, field: string, value: string | number | boolean): SqlValue {
  return field === relevance ? Number(value) : encodeValue(value, storageOf(collection, field));
}

type Search = Predicate & { readonly kind: "search" };

/** The search that every match must pass: the predicate itself, or a member of its conjunction. */
function searchOf(where: Predicate): Search | undefined {
  if (where.kind === "search") return where;
  return where.kind === "and" ? where.of.find((part): part is Search => part.kind === "search") : undefined;
}

function without(where: Predicate, search: Search): Predicate {
  return where.kind === "and" ? allOf(where.of.filter((part) => part !== search)) : always;
}
