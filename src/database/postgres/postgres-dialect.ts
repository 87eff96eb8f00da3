import { nextPrefix } from "../../kit/text.ts";
import { isUuid } from "../../kit/uuid.ts";
import type { Comparison, Operand } from "../../query/predicate.ts";
import { largestSummand } from "../../query/query.ts";
import { isDate, normalizeTimestamp } from "../../schema/field-timestamp.ts";
import type { Model } from "../../schema/model.ts";
import { type Bind, quote, type SqlDialect, type SqlPlace } from "../sql/sql-dialect.ts";
import { indexedListsOf } from "../sql/sql-indexes.ts";
import { decodePostgres, encodePostgres, postgresType, type PostgresType } from "./postgres-types.ts";
import { matchText } from "./postgres-words.ts";

/** The symbol of each comparison that SQL has one for. */
const symbols = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** Name of the column that holds the words of the searched fields. */
export const wordsColumn = "_words";

/**
 * A key of an order, in a statement and in an index alike: where the two differ, even about missing values that can't be, the
 * index is no use. The id has the order of its primary key, which can't be chosen.
 */
export function orderSql(key: string, descending: boolean): string {
  if (key === '"id"' || key.endsWith('."id"')) return descending ? `${key} DESC` : key;
  return descending ? `${key} DESC NULLS LAST` : `${key} ASC NULLS FIRST`;
}

/** How PostgreSQL spells what the compiler asks for. */
export function createPostgresDialect(model: Model): SqlDialect<unknown> {
  const typeOf = (place: SqlPlace): PostgresType => postgresType(place.field, model);
  const isJson = (place: SqlPlace): boolean => place.path.length > 0 || typeOf(place) === "jsonb";
  const indexedLists = new Set(
    [...model.collections.values()].flatMap((one) => indexedListsOf(one).map((name) => one.fields.get(name))),
  );

  function has(place: SqlPlace, operand: Operand, bind: Bind<unknown>): string {
    const found = isJson(place)
      ? `${jsonSql(place)} @> ${bind(JSON.stringify([operand]))}::jsonb`
      : hasSql(place.column, typeOf(place), operand, bind);
    return indexedLists.has(place.field) ? saidTwice(found) : found;
  }

  function compare(place: SqlPlace, comparison: Comparison, operand: Operand, bind: Bind<unknown>): string {
    if (comparison === "has") return has(place, operand, bind);
    if (isJson(place)) return jsonCompareSql(jsonSql(place), comparison, operand, bind);
    return columnCompareSql(place.column, typeOf(place), comparison, operand, bind);
  }

  return {
    parameter: (number) => `$${number}`,
    yes: "TRUE",
    no: "FALSE",
    encode: (value, field) => encodePostgres(value, postgresType(field, model)),
    number: (value) => value,
    decode: (value, field) => decodePostgres(value, postgresType(field, model)),
    isPlain: (field) => ["text", "uuid", "date"].includes(postgresType(field, model)),
    limit: (parameter) => `LIMIT ${parameter}`,
    order: orderSql,
    missing: (place) =>
      place.path.length === 0
        ? `${place.column} IS NULL`
        : `coalesce(jsonb_typeof(${jsonSql(place)}), 'null') = 'null'`,
    compare,
    among(place, operands, bind) {
      if (isJson(place)) return jsonAmongSql(jsonSql(place), operands, bind);
      const type = typeOf(place);
      // What the type can't hold, no value equals.
      const possible = operands.filter((operand) => fits(operand, type));
      return `${place.column} = ANY(${bind(possible)}::${type}[])`;
    },
    search: (_collection, table, words, bind) =>
      saidTwice(`${table}.${quote(wordsColumn)} @@ ${bind(matchText(words))}::tsquery`),
    ranked(collection, words, bind) {
      const query = `${bind(matchText(words))}::tsquery`;
      const column = `t.${quote(wordsColumn)}`;
      return {
        from: `${quote(collection.name)} t`,
        condition: `${column} @@ ${query}`,
        key: `(-ts_rank(${column}, ${query}))::double precision`,
      };
    },
    json: undefined,
    figure(name, column, field) {
      const type = postgresType(field, model);
      const sum = type === "double precision" ? `sum(${summandSql(column)})` : `sum(${column})::double precision`;
      if (name === "sum") return sum;
      // avg() also adds up squares, and fails where these are no doubles any more.
      if (name === "avg") return `${sum} / count(${column})`;
      // Before version 18, uuid has an order and no minimum.
      return type === "uuid" ? `${name}(${column}::text)` : `${name}(${column})`;
    },
    feedAfter,
  };
}

/**
 * By transaction first: numbers are given out before the commit, so that one below an entry that can be seen may still be on its
 * way, in a transaction that began later or earlier. All transactions below the oldest that is open have ended, and every
 * later one is above them.
 */
function feedAfter(parameter: string): { readonly where: string; readonly order: string } {
  const last = `(SELECT "transaction" FROM "_changes" WHERE "sequence" = ${parameter})`;
  return {
    where: `"transaction" < pg_snapshot_xmin(pg_current_snapshot()) AND ("transaction", "sequence") > (coalesce(${last}, '0'::xid8), ${parameter}::bigint)`,
    order: `"transaction", "sequence"`,
  };
}

/**
 * What an index over words or items answers. Of one that its statistics don't know, the planner believes that it is in one record
 * of two hundred; it would walk along the order of the page until it has met twenty, and look at all records where there are none.
 * Said twice, it is believed to be rarer, and the index is asked; one that many records have stays one that many have.
 */
function saidTwice(condition: string): string {
  return `(${condition} AND ${condition})`;
}

function columnCompareSql(
  column: string,
  type: PostgresType,
  comparison: Comparison,
  operand: Operand,
  bind: Bind<unknown>,
): string {
  if (comparison === "contains") return `strpos(${textSql(column, type)}, ${bind(operand)}) > 0`;
  if (comparison === "startsWith") return prefixSql(textSql(column, type), String(operand), bind);
  const symbol = comparison === "has" ? "=" : symbols[comparison];
  if (fits(operand, type)) return `${column} ${symbol} ${bind(operand)}::${type}`;
  if (typeof operand === "number") return `${column} ${symbol} ${bind(operand)}::double precision`;
  // A text that is no UUID, time or date equals none, and has a place among them all the same.
  return comparison === "eq" ? "FALSE" : `${textSql(column, type)} ${symbol} ${bind(operand)}`;
}

/** Whether an operand is a value of a column's type. */
function fits(operand: Operand, type: PostgresType): boolean {
  if (type === "bigint") return Number.isSafeInteger(operand);
  if (typeof operand !== "string") return true;
  if (type === "uuid") return isUuid(operand);
  if (type === "timestamptz") return normalizeTimestamp(operand) === operand;
  return type === "date" ? isDate(operand) : true;
}

/** A sum of doubles that is none any more is an error, unless one of them was infinite before. */
function summandSql(column: string): string {
  return `CASE WHEN abs(${column}) >= ${largestSummand} THEN 'Infinity' ELSE ${column} END`;
}

/** A column as the text that clients see. */
function textSql(column: string, type: PostgresType): string {
  switch (type) {
    case "timestamptz":
      return `(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') COLLATE "C")`;
    case "date":
      return `(to_char(${column}, 'YYYY-MM-DD') COLLATE "C")`;
    case "uuid":
      return `(${column}::text COLLATE "C")`;
    default:
      return column;
  }
}

/** A prefix as a range, so that an index can answer it. */
function prefixSql(text: string, prefix: string, bind: Bind<unknown>): string {
  if (prefix === "") return `${text} IS NOT NULL`;
  const end = nextPrefix(prefix);
  const from = `${text} >= ${bind(prefix)}`;
  return end === undefined ? from : `(${from} AND ${text} < ${bind(end)})`;
}

function hasSql(column: string, type: PostgresType, operand: Operand, bind: Bind<unknown>): string {
  if (type === "bigint[]" && !Number.isSafeInteger(operand)) return "FALSE";
  // Containment rather than ANY: it is what a GIN index answers.
  return `${column} @> ${bind([operand])}::${type}`;
}

/** A JSON value by its path; a key never reaches into an array. */
function jsonSql({ column, path }: SqlPlace): string {
  return path.length === 0 ? column : `(${column}${path.map((key) => ` -> '${key}'::text`).join("")})`;
}

/** Within CASE a cast is only tried where it can succeed; AND promises no order. */
function jsonCompareSql(value: string, comparison: Comparison, operand: Operand, bind: Bind<unknown>): string {
  if (typeof operand === "boolean") return `${value} = '${String(operand)}'::jsonb`;
  if (typeof operand === "number") {
    const symbol = comparison in symbols ? symbols[comparison as keyof typeof symbols] : "=";
    return `CASE jsonb_typeof(${value}) WHEN 'number' THEN (${value} #>> '{}')::double precision ${symbol} ${bind(operand)}::double precision ELSE FALSE END`;
  }
  const text = `((${value} #>> '{}') COLLATE "C")`;
  return `CASE jsonb_typeof(${value}) WHEN 'string' THEN ${columnCompareSql(text, "text", comparison, operand, bind)} ELSE FALSE END`;
}

function jsonAmongSql(value: string, operands: readonly Operand[], bind: Bind<unknown>): string {
  const texts = bind(operands.filter((operand) => typeof operand === "string"));
  const numbers = bind(operands.filter((operand) => typeof operand === "number"));
  const booleans = bind(operands.filter((operand) => typeof operand === "boolean"));
  const plain = `(${value} #>> '{}')`;
  return (
    `CASE jsonb_typeof(${value}) WHEN 'string' THEN ${plain} = ANY(${texts}::text[])` +
    ` WHEN 'number' THEN ${plain}::double precision = ANY(${numbers}::double precision[])` +
    ` WHEN 'boolean' THEN ${plain}::boolean = ANY(${booleans}::boolean[]) ELSE FALSE END`
  );
}
