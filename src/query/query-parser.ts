import type { CollectionModel, Model } from "../schema/model.ts";
import { isHidden } from "../schema/field.ts";
import { isPlainObject } from "../schema/validator.ts";
import { decodeCursor } from "./cursor.ts";
import { allOf, never, type Predicate } from "./predicate.ts";
import { aggregateFunctions, type AggregateQuery, type Include, type ListQuery, type View } from "./query.ts";
import { createQueryReport, type QueryReport } from "./query-report.ts";
import type { Scope } from "./scope.ts";
import { relevance, type SortTerm } from "./sort.ts";
import { parseWhere } from "./where-parser.ts";
import { searchWords } from "./words.ts";

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

const listKeys = new Set(["where", "sort", "limit", "after", "select", "include", "search", "total"]);
const mostIncludes = 10;
const deepestInclude = 4;

/** Who asks, and of what. */
export interface QueryContext {
  readonly model: Model;
  readonly collection: CollectionModel;
  readonly scope: Scope;
  /** Most records of a page. */
  readonly mostRecords: number;
}

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
  const given = objectOf(input, listKeys, report);
  const where = parseConditions(given, context, report);
  const view = parseView(given, context, report);
  const searching = given["search"] !== undefined;
  const order = parseSort(given["sort"], searching, context, report);
  const limit = parseLimit(given["limit"], context.mostRecords, report);
  const { total = false, after } = given;
  if (typeof total !== "boolean")
    report.add("/total", "wrong_type", "must be true or false; to filter by a field of that name use total[eq]");
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

/** Reads `select` and `include` alone: the input of the operation `get`. */
export function parseViewQuery(input: unknown, context: QueryContext): View {
  const report = createQueryReport();
  const view = parseView(objectOf(input, new Set(["select", "include"]), report), context, report);
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
  const given = objectOf(input, new Set(["where", "search", "group", ...aggregateFunctions]), report);
  const where = parseConditions(given, context, report);
  const fieldsOf = (key: string, families: readonly string[]): string[] =>
    namesOf(given[key], `/${key}`, report).filter((name) => {
      const field = context.collection.fields.get(name);
      if (!isNameable(name, context) || field === undefined)
        report.add(`/${key}`, "unknown_field", `names "${name}", which is not a field here`);
      else if (!families.includes(field.type.family))
        report.add(`/${key}`, "wrong_type", `names "${name}", which is a ${field.type.name} field`);
      else if (key === "group" && (name === "count" || aggregateFunctions.some((one) => one === name))) {
        report.add("/group", "ambiguous", `names "${name}", which is a figure of the answer`);
      } else return true;
      return false;
    });
  const ordered = ["text", "number"];
  const query: AggregateQuery = {
    where: allOf([where, ...extra]),
    group: fieldsOf("group", [...ordered, "boolean"]),
    figures: {
      sum: fieldsOf("sum", ["number"]),
      avg: fieldsOf("avg", ["number"]),
      min: fieldsOf("min", ordered),
      max: fieldsOf("max", ordered),
    },
  };
  report.settle();
  return query;
}

function objectOf(input: unknown, known: ReadonlySet<string>, report: QueryReport): Record<string, unknown> {
  if (input === undefined) return {};
  if (!isPlainObject(input)) {
    report.add("", "wrong_type", "must be an object");
    return {};
  }
  for (const key of Object.keys(input)) {
    if (!known.has(key)) {
      report.count("");
      report.add(
        `/${key.slice(0, 100).toWellFormed()}`,
        "unknown_parameter",
        `is not known; there are ${[...known].join(", ")}`,
      );
    }
  }
  return input;
}

function parseConditions(given: Record<string, unknown>, context: QueryContext, report: QueryReport): Predicate {
  const { where, search } = given;
  const parts: Predicate[] = [];
  if (where !== undefined) parts.push(parseWhere(where, context.collection, { ...context, report }, "/where"));
  if (search !== undefined) {
    if (typeof search !== "string" || search.length > 500)
      report.add("/search", "wrong_type", "must be a text of at most 500 characters");
    else if (context.collection.searched.length === 0)
      report.add("/search", "unknown_parameter", "is not offered here: no field is searched");
    else {
      const words = searchWords(search);
      parts.push(words.length === 0 ? never : { kind: "search", words });
    }
  }
  return allOf(parts);
}

function parseView(given: Record<string, unknown>, context: QueryContext, report: QueryReport): View {
  const select = given["select"] === undefined ? undefined : namesOf(given["select"], "/select", report);
  for (const name of select ?? []) {
    const field = context.collection.fields.get(name);
    if (field === undefined || isHidden(field))
      report.add("/select", "unknown_field", `names "${name}", which is not a field here`);
  }
  const paths = namesOf(given["include"], "/include", report);
  if (paths.length > mostIncludes) report.add("/include", "too_many", `names more than ${mostIncludes} relations`);
  const include = parseInclude(
    paths.slice(0, mostIncludes).map((path) => path.split(".")),
    context.collection,
    context,
    report,
    1,
  );
  return { select, include };
}

function parseInclude(
  paths: readonly (readonly string[])[],
  collection: CollectionModel,
  context: QueryContext,
  report: QueryReport,
  depth: number,
): Include[] {
  const groups = Map.groupBy(
    paths.filter((path) => path.length > 0),
    ([first = ""]) => first,
  );
  return [...groups].flatMap(([name, members]) => {
    const relation = collection.relations.get(name);
    const owner = relation?.kind === "many" ? context.model.collection(relation.target) : collection;
    const ref = owner.fields.get(relation?.field ?? name);
    const shown = ref !== undefined && !isHidden(ref) && context.scope.mayName(owner, relation?.field ?? name);
    if (relation === undefined || !shown || depth > deepestInclude) {
      const message =
        depth > deepestInclude
          ? `leads through more than ${deepestInclude} relations`
          : `names "${name}", which is not a relation of ${collection.name}`;
      report.add("/include", "unknown_relation", message);
      return [];
    }
    const inner = parseInclude(
      members.map((path) => path.slice(1)),
      context.model.collection(relation.target),
      context,
      report,
      depth + 1,
    );
    return [{ relation: name, include: inner }];
  });
}

/** Reads an order, and ends it with the id in the direction of the last key, as indexes do. */
function parseSort(sort: unknown, searching: boolean, context: QueryContext, report: QueryReport): SortTerm[] {
  const terms = namesOf(sort, "/sort", report).map((name) => ({
    field: name.replace(/^-/, ""),
    descending: name.startsWith("-"),
  }));
  if (terms.length > 8) report.add("/sort", "too_many", "names more than 8 fields");
  const seen = new Set<string>();
  for (const { field: name } of terms) {
    const field = context.collection.fields.get(name);
    if (!isNameable(name, context) || field === undefined)
      report.add("/sort", "unknown_field", `names "${name}", which is not a field here`);
    else if (!["text", "number", "boolean"].includes(field.type.family))
      report.add("/sort", "wrong_type", `names "${name}", and a ${field.type.name} has no order`);
    if (seen.has(name)) report.add("/sort", "repeated", `names "${name}" twice`);
    seen.add(name);
  }
  if (terms.length === 0 && searching) terms.push({ field: relevance, descending: false });
  if (!seen.has("id")) terms.push({ field: "id", descending: terms.at(-1)?.descending ?? false });
  return terms;
}

function parseLimit(limit: unknown, most: number, report: QueryReport): number {
  if (limit === undefined) return Math.min(20, most);
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  report.add("/limit", "wrong_type", `must be a whole number from 1 to ${most}`);
  return 1;
}

/** A list of names, as an array or with commas. */
function namesOf(value: unknown, at: string, report: QueryReport): string[] {
  if (value === undefined) return [];
  const names: readonly unknown[] =
    typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [undefined];
  report.count(at, names.length);
  if (names.every((name): name is string => typeof name === "string" && name !== "")) return [...new Set(names)];
  report.add(at, "wrong_type", "must be a list of names");
  return [];
}

function isNameable(name: string, { collection, scope }: QueryContext): boolean {
  const field = collection.fields.get(name);
  return field !== undefined && !isHidden(field) && field.type.family !== "none" && scope.mayName(collection, name);
}
