import { nextPrefix } from "../../kit/text.ts";
import type { Operand, Predicate } from "../../query/predicate.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { quote, type SqlValue } from "./sqlite-connection.ts";
import { storageOf } from "./sqlite-rows.ts";

/** Where the parts of a statement gather. */
export interface SqlBuilder {
  readonly model: Model;
  /** Values of the parameters, in the order of their question marks. */
  readonly values: SqlValue[];
  /** How many tables have been named so far, so that each gets a name of its own. */
  tables: number;
}

/** The symbol of each comparison that SQL has one for. */
const symbols = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/**
 * A predicate as SQL. A comparison with a missing value is NULL in SQL and false in the algebra; both keep a record out, and
 * `not` makes them the same with coalesce, so that two truth values are enough.
 */
export function whereSql(
  predicate: Predicate,
  collection: CollectionModel,
  table: string,
  builder: SqlBuilder,
): string {
  switch (predicate.kind) {
    case "always":
      return "1";
    case "never":
      return "0";
    case "and":
    case "or": {
      const parts = predicate.of.map((part) => whereSql(part, collection, table, builder));
      return `(${parts.join(predicate.kind === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return predicate.of.kind === "missing"
        ? `${placeSql(predicate.of, table)} IS NOT NULL`
        : `NOT coalesce(${whereSql(predicate.of, collection, table, builder)}, 0)`;
    case "missing":
      return `${placeSql(predicate, table)} IS NULL`;
    case "compare":
      return compareSql(predicate, collection, table, builder);
    case "in": {
      // One parameter, however many values: the statement keeps its shape.
      const inJson = isInJson(predicate, collection);
      builder.values.push(JSON.stringify(inJson ? predicate.operands : predicate.operands.map(bindable)));
      if (!inJson)
        return `${column(predicate, table)} IN (SELECT ${asOperand("value", predicate.operands[0])} FROM json_each(?))`;
      const path = pathSql(predicate.path);
      return `EXISTS (SELECT 1 FROM json_each(?) one WHERE one.value = json_extract(${column(predicate, table)}, ${path}) AND ${sameType("one.type", predicate, table)})`;
    }
    case "related":
      return relatedSql(predicate.relation, predicate.where, collection, table, builder);
    case "search":
      builder.values.push(matchText(predicate.words));
      return `${table}."_row" IN (SELECT rowid FROM ${quote(searchTable(collection))} WHERE ${quote(searchTable(collection))} MATCH ?)`;
  }
}

/** Name of the full-text index of a collection. */
export function searchTable(collection: CollectionModel): string {
  return `${collection.name}_search`;
}

/** Name of a field's column there: FTS5 keeps `rank` and `rowid` for itself. */
export function searchColumn(field: string): string {
  return quote(`words_${field}`);
}

/** The words of a search as FTS5 asks for them: all of them, each the beginning of a word. */
export function matchText(words: readonly string[]): string {
  return words.map((word) => `"${word}"*`).join(" AND ");
}

function relatedSql(
  name: string,
  where: Predicate,
  collection: CollectionModel,
  table: string,
  builder: SqlBuilder,
): string {
  const relation = collection.relations.get(name);
  if (relation === undefined) throw new Error(`The collection "${collection.name}" has no relation "${name}".`);
  const target = builder.model.collection(relation.target);
  const other = `t${++builder.tables}`;
  const joint =
    relation.kind === "one"
      ? `${other}."id" = ${table}.${quote(relation.field)}`
      : `${other}.${quote(relation.field)} = ${table}."id"`;
  return `EXISTS (SELECT 1 FROM ${quote(target.name)} ${other} WHERE ${joint} AND ${whereSql(where, target, other, builder)})`;
}

type Place = { readonly field: string; readonly path: readonly string[] };

function compareSql(
  predicate: Predicate & { readonly kind: "compare" },
  collection: CollectionModel,
  table: string,
  builder: SqlBuilder,
): string {
  const { comparison, operand } = predicate;
  if (comparison === "has") {
    builder.values.push(bindable(operand));
    return `EXISTS (SELECT 1 FROM json_each(${placeSql(predicate, table)}) WHERE ${asOperand("value", operand)} = ? AND type IN (${jsonTypes(operand)}))`;
  }
  const inJson = isInJson(predicate, collection);
  const place = inJson ? asOperand(extractSql(predicate, table), operand) : column(predicate, table);
  const typed = inJson
    ? ` AND json_type(${column(predicate, table)}, ${pathSql(predicate.path)}) IN (${jsonTypes(operand)})`
    : "";
  if (typeof operand === "boolean" && typed !== "") return `(1${typed})`;
  if (comparison === "startsWith" && typeof operand === "string") {
    const end = nextPrefix(operand);
    if (operand === "") return `(${place} IS NOT NULL${typed})`;
    builder.values.push(operand);
    if (end === undefined) return `(${place} >= ?${typed})`;
    // A range, so that an index can answer it.
    builder.values.push(end);
    return `(${place} >= ? AND ${place} < ?${typed})`;
  }
  builder.values.push(bindable(operand));
  if (comparison === "contains") return `(instr(${place}, ?) > 0${typed})`;
  const symbol = comparison in symbols ? symbols[comparison as keyof typeof symbols] : "=";
  return typed === "" ? `${place} ${symbol} ?` : `(${place} ${symbol} ?${typed})`;
}

/** Whether what is compared stands in a JSON text, at its top or further inside. */
function isInJson(place: Place, collection: CollectionModel): boolean {
  return place.path.length > 0 || storageOf(collection, place.field) === "json";
}

function placeSql(place: Place, table: string): string {
  return place.path.length === 0 ? column(place, table) : extractSql(place, table);
}

function extractSql(place: Place, table: string): string {
  return `json_extract(${column(place, table)}, ${pathSql(place.path)})`;
}

function column(place: Place, table: string): string {
  return `${table}.${quote(place.field)}`;
}

/** A path as SQLite's JSON functions take it. Its keys were checked: letters, digits, hyphens and underscores. */
function pathSql(path: readonly string[]): string {
  return `'$${path.map((key) => `."${key}"`).join("")}'`;
}

/**
 * A value out of a JSON text as a number is bound: a double. SQLite reads a whole number of up to 64 bits exactly, and what
 * JavaScript wrote of one above 2^53 is the shortest spelling of the double, not its digits.
 */
function asOperand(value: string, operand: Operand | undefined): string {
  return typeof operand === "number" ? `${value} * 1.0` : value;
}

function jsonTypes(operand: Operand): string {
  if (typeof operand === "boolean") return operand ? "'true'" : "'false'";
  return typeof operand === "string" ? "'text'" : "'integer', 'real'";
}

/** Whether a JSON value is of the type of another: 1 and true are the same number to SQLite, and "1" is not 1. */
function sameType(type: string, place: Place, table: string): string {
  const own = `json_type(${column(place, table)}, ${pathSql(place.path)})`;
  return `(${own} = ${type} OR (${own} IN ('integer', 'real') AND ${type} IN ('integer', 'real')))`;
}

function bindable(operand: Operand): string | number {
  return typeof operand === "boolean" ? Number(operand) : operand;
}
