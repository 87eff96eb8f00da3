import { nextPrefix } from "../../kit/text.ts";
import type { Comparison, Operand } from "../../query/predicate.ts";
import { largestSummand } from "../../query/query.ts";
import { type Bind, quote, type SqlDialect, type SqlPlace } from "../sql/sql-dialect.ts";
import type { SqlValue } from "./sqlite-connection.ts";
import { decodeValue, encodeValue } from "./sqlite-rows.ts";

/** The symbol of each comparison that SQL has one for. */
const symbols = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** How SQLite spells what the compiler asks for. */
export const sqliteDialect: SqlDialect<SqlValue> = {
  parameter: () => "?",
  yes: "1",
  no: "0",
  encode: (value, field) => encodeValue(value, field.type.storage),
  number: (value) => value,
  decode: (value, field) => decodeValue(value as SqlValue | undefined, field.type.storage),
  isPlain: ({ type: { storage } }) => storage === "text" || storage === "integer" || storage === "real",
  // A bare parameter after LIMIT makes SQLite prepare the statement again each time it is run.
  limit: (parameter) => `LIMIT min(${parameter}, 1000000)`,
  // In SQLite missing values are the smallest anyway.
  order: (key, descending) => (descending ? `${key} DESC` : key),
  missing: (place) => `${valueSql(place)} IS NULL`,
  compare,
  among(place, operands, bind) {
    if (!isInJson(place)) {
      const values = bind(JSON.stringify(operands.map(bindable)));
      return `${place.column} IN (SELECT ${asOperand("value", operands[0])} FROM json_each(${values}))`;
    }
    const one = `one.value = ${extractSql(place)} AND ${sameType("one.type", place)}`;
    return `EXISTS (SELECT 1 FROM json_each(${bind(JSON.stringify(operands))}) one WHERE ${one})`;
  },
  search(collection, table, words, bind) {
    const index = quote(searchTable(collection));
    return `${table}."_row" IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ${bind(matchText(words))})`;
  },
  ranked(collection, words, bind) {
    const index = quote(searchTable(collection));
    return {
      from: `${index} s JOIN ${quote(collection.name)} t ON t."_row" = s.rowid`,
      condition: `s.${index} MATCH ${bind(matchText(words))}`,
      // Short texts first. Nothing but the record itself may count: FTS5's own rank weighs a word by how many records have it, those
      // among them that the caller may not see, and so gives away their words; and with each write it moves the pages of a cursor.
      key: `(${collection.searched.map((name) => `ifnull(length(t.${quote(name)}), 0)`).join(" + ")})`,
    };
  },
  json: {
    value(column, { type: { storage } }) {
      if (storage === "boolean") return `json(CASE ${column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)`;
      return storage === "json" ? `json(${column})` : column;
    },
    object: (members) => `json_object(${members.map(({ name, value }) => `'${name}', ${value}`).join(", ")})`,
  },
  figure(name, column, { type: { storage } }) {
    if (name === "min" || name === "max") return `${name}(${column})`;
    if (storage === "real")
      return `${name}(CASE WHEN abs(${column}) >= ${largestSummand} THEN 9e999 ELSE ${column} END)`;
    // A sum of integers fails when it overflows 64 bits; as a REAL it is exact as far as JSON numbers are.
    return name === "sum" ? `sum(${column} * 1.0)` : `avg(${column})`;
  },
  // One transaction writes at a time: the numbers are in the order of the commits.
  feedAfter: (parameter) => ({ where: `"sequence" > ${parameter}`, order: `"sequence"` }),
};

/** Name of the full-text index of a collection. */
export function searchTable({ name }: { readonly name: string }): string {
  return `${name}_search`;
}

/** Name of a field's column there: FTS5 keeps `rank` and `rowid` for itself. */
export function searchColumn(field: string): string {
  return quote(`words_${field}`);
}

/** The words of a search as FTS5 asks for them: all of them, each the beginning of a word. */
function matchText(words: readonly string[]): string {
  return words.map((word) => `"${word}"*`).join(" AND ");
}

function compare(place: SqlPlace, comparison: Comparison, operand: Operand, bind: Bind<SqlValue>): string {
  if (comparison === "has") {
    return `EXISTS (SELECT 1 FROM json_each(${valueSql(place)}) WHERE ${asOperand("value", operand)} = ${bind(bindable(operand))} AND type IN (${jsonTypes(operand)}))`;
  }
  const value = isInJson(place) ? asOperand(extractSql(place), operand) : place.column;
  const typed = isInJson(place) ? ` AND json_type(${place.column}, ${pathSql(place)}) IN (${jsonTypes(operand)})` : "";
  if (typeof operand === "boolean" && typed !== "") return `(1${typed})`;
  if (comparison === "contains") return `(instr(${value}, ${bind(bindable(operand))}) > 0${typed})`;
  if (comparison === "startsWith") return prefixSql(value, String(operand), typed, bind);
  const condition = `${value} ${symbols[comparison]} ${bind(bindable(operand))}`;
  return typed === "" ? condition : `(${condition}${typed})`;
}

/** A prefix as a range, so that an index can answer it. */
function prefixSql(value: string, prefix: string, typed: string, bind: Bind<SqlValue>): string {
  if (prefix === "") return `(${value} IS NOT NULL${typed})`;
  const from = `${value} >= ${bind(prefix)}`;
  const end = nextPrefix(prefix);
  return end === undefined ? `(${from}${typed})` : `(${from} AND ${value} < ${bind(end)}${typed})`;
}

/** Whether what is compared stands in a JSON text, at its top or further inside. */
function isInJson(place: SqlPlace): boolean {
  return place.path.length > 0 || place.field.type.storage === "json";
}

function valueSql(place: SqlPlace): string {
  return place.path.length === 0 ? place.column : extractSql(place);
}

function extractSql(place: SqlPlace): string {
  return `json_extract(${place.column}, ${pathSql(place)})`;
}

function pathSql({ path }: SqlPlace): string {
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
function sameType(type: string, place: SqlPlace): string {
  const own = `json_type(${place.column}, ${pathSql(place)})`;
  return `(${own} = ${type} OR (${own} IN ('integer', 'real') AND ${type} IN ('integer', 'real')))`;
}

function bindable(operand: Operand): string | number {
  return typeof operand === "boolean" ? Number(operand) : operand;
}
