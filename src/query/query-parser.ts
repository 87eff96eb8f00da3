import { decodeCursor } from "./cursor.ts";
import { allOf, never, type Predicate } from "./predicate.ts";
import { aggregateFunctions, type AggregateQuery, type ListQuery, type View } from "./query.ts";
import { type QueryContext, readNames, readParameters, reportUnknown } from "./query-input.ts";
import { createQueryReport, type QueryReport } from "./query-report.ts";
import { isNameable, nameableFields } from "./scope.ts";
import { relevance, type SortTerm } from "./sort.ts";
import { parseView } from "./view-parser.ts";
import { parseWhere } from "./where-parser.ts";
import { searchWords } from "./words.ts";

export type { QueryContext } from "./query-input.ts";

/** A list in its JSON spelling: the body of `POST /search`, the input of the operation `list`. */
export interface ListInput {
  readonly where?: unknown;
  readonly sort?: unknown;
  readonly limit?: unknown;
  readonly after?: unknown;
  readonly select?: unknown;
  readonly include?: unknown;
  readonly search?: unknown;
  readonly total?: unknown;
}

/** Parameters of a list. */
export const listParameters: ReadonlySet<string> = new Set([
  "where",
  "sort",
  "limit",
  "after",
  "select",
  "include",
  "search",
  "total",
] satisfies (keyof ListInput)[]);

/** Parameters of one record. */
export const viewParameters: ReadonlySet<string> = new Set(["select", "include"]);

/** Parameters of an aggregate. */
export const aggregateParameters: ReadonlySet<string> = new Set(["where", "search", "group", ...aggregateFunctions]);

const mostSortTerms = 8;
const longestSearch = 500;
const ordered = ["text", "number"];
const sortable = [...ordered, "boolean"];

/**
 * Reads a list in its JSON spelling.
 * @param extra conditions read elsewhere, such as `price[gte]=1000` of a URL
 * @throws GalleyError `invalid_query` with everything that is wrong; `malformed` for a bad cursor
 */
export function parseListQuery(
  input: unknown,
  context: QueryContext,
  report = createQueryReport(),
  extra: readonly Predicate[] = [],
): ListQuery {
  const given = readParameters(input, listParameters, report);
  const where = parseConditions(given, context, report);
  const view = parseView(given, context, report);
  const order = parseSort(given["sort"], given["search"] !== undefined, context, report);
  const limit = parseLimit(given["limit"], context.mostRecords, report);
  const { total = false, after } = given;
  if (typeof total !== "boolean") {
    report.add("/total", "wrong_type", "must be true or false; to filter by a field of that name use total[eq]");
  }
  if (after !== undefined && typeof after !== "string") report.add("/after", "wrong_type", "must be a cursor");
  report.settle();
  return {
    where: allOf([where, ...extra]),
    order,
    limit,
    after: typeof after === "string" ? decodeCursor(after, order, context.collection) : undefined,
    total: total === true,
    ...view,
  };
}

/** Reads `select` and `include` alone: the input of the operation `get`. @throws GalleyError `invalid_query` */
export function parseViewQuery(input: unknown, context: QueryContext): View {
  const report = createQueryReport();
  const view = parseView(readParameters(input, viewParameters, report), context, report);
  report.settle();
  return view;
}

/** Reads an aggregate in its JSON spelling. @throws GalleyError `invalid_query` */
export function parseAggregateQuery(
  input: unknown,
  context: QueryContext,
  report = createQueryReport(),
  extra: readonly Predicate[] = [],
): AggregateQuery {
  const given = readParameters(input, aggregateParameters, report);
  const where = parseConditions(given, context, report);
  const namesOf = (key: string, families: readonly string[]): string[] =>
    readFieldNames(given[key], `/${key}`, families, context, report);
  const group = namesOf("group", sortable);
  for (const name of group) {
    if (name === "count" || aggregateFunctions.some((one) => one === name)) {
      report.add("/group", "ambiguous", `names "${name}", which is a figure of the answer`);
    }
  }
  const query: AggregateQuery = {
    where: allOf([where, ...extra]),
    group,
    figures: {
      sum: namesOf("sum", ["number"]),
      avg: namesOf("avg", ["number"]),
      min: namesOf("min", ordered),
      max: namesOf("max", ordered),
    },
  };
  report.settle();
  return query;
}

function parseConditions(given: Record<string, unknown>, context: QueryContext, report: QueryReport): Predicate {
  const { where, search } = given;
  return allOf([
    ...(where === undefined ? [] : [parseWhere(where, context.collection, { ...context, report }, "/where")]),
    ...(search === undefined ? [] : [parseSearch(search, context, report)]),
  ]);
}

function parseSearch(search: unknown, { collection }: QueryContext, report: QueryReport): Predicate {
  if (typeof search !== "string" || search.length > longestSearch) {
    report.add("/search", "wrong_type", `must be a text of at most ${longestSearch} characters`);
    return never;
  }
  if (collection.searched.length === 0) {
    report.add("/search", "unknown_parameter", "is not offered here: no field is searched");
    return never;
  }
  const words = searchWords(search);
  return words.length === 0 ? never : { kind: "search", words };
}

/** Reads an order, and ends it with the id in the direction of the last key, as indexes do. */
function parseSort(sort: unknown, searching: boolean, context: QueryContext, report: QueryReport): SortTerm[] {
  const spelled = readNames(sort, "/sort", report);
  if (spelled.length > mostSortTerms) report.add("/sort", "too_many", `names more than ${mostSortTerms} fields`);
  const terms = spelled.map((name) => ({ field: name.replace(/^-/, ""), descending: name.startsWith("-") }));
  const names = terms.map(({ field }) => field);
  readFieldNames(names, "/sort", sortable, context, report);
  if (new Set(names).size < names.length) report.add("/sort", "repeated", "names a field twice");
  if (terms.length === 0 && searching) terms.push({ field: relevance, descending: false });
  if (!names.includes("id")) terms.push({ field: "id", descending: terms.at(-1)?.descending ?? false });
  return terms;
}

/** A list of names of fields that a query may name and whose values are of certain families. */
function readFieldNames(
  value: unknown,
  at: string,
  families: readonly string[],
  { collection, scope }: QueryContext,
  report: QueryReport,
): string[] {
  return readNames(value, at, report).filter((name) => {
    const field = collection.fields.get(name);
    if (field === undefined || !isNameable(name, collection, scope)) {
      reportUnknown(name, at, report, nameableFields(collection, scope));
      return false;
    }
    if (families.includes(field.type.family)) return true;
    const lack = families === sortable ? "has no order" : "is not allowed here";
    report.add(at, "wrong_type", `names "${name}", and a ${field.type.name} ${lack}`);
    return false;
  });
}

function parseLimit(limit: unknown, most: number, report: QueryReport): number {
  if (limit === undefined) return Math.min(20, most);
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  report.add("/limit", "wrong_type", `must be a whole number from 1 to ${most}`);
  return 1;
}
