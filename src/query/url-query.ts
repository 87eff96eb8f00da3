import { GalleyError } from "../kit/galley-error.ts";
import { isSaneText } from "../kit/text.ts";
import { pointerStep } from "../schema/json-pointer.ts";
import { isOperator, operators } from "../schema/operators.ts";
import type { AggregateQuery, ListQuery, View } from "./query.ts";
import {
  aggregateParameters,
  listParameters,
  parseAggregateQuery,
  parseListQuery,
  parseViewQuery,
  type QueryContext,
  viewParameters,
} from "./query-parser.ts";
import { createQueryReport, type QueryReport } from "./query-report.ts";
import { never, type Predicate } from "./predicate.ts";
import { spelledOperand } from "./where-condition.ts";
import { parseSteps, typeAt, type WhereContext } from "./where-parser.ts";

/** A parameter of a URL, decoded. */
type Parameter = readonly [name: string, value: string];

/**
 * Reads the query string of a list: `price[gte]=1000&category.name=Shoes&sort=-price&limit=50`.
 * @throws GalleyError `invalid_query`, `malformed`
 */
export function parseListUrl(query: string, context: QueryContext): ListQuery {
  const report = createQueryReport();
  const { input, conditions } = split(readPairs(query), listParameters, context, report);
  return parseListQuery(input, context, report, conditions);
}

/** Reads the query string of one record: `select=id,title&include=reviews`. */
export function parseViewUrl(query: string, context: QueryContext): View {
  if (query === "") return { select: undefined, include: [] };
  const report = createQueryReport();
  const input: Record<string, unknown> = {};
  for (const [name, value] of readPairs(query)) {
    const at = `/${pointerStep(name)}`;
    if (Object.hasOwn(input, name)) report.add(at, "repeated", "is given twice");
    if (viewParameters.has(name)) input[name] = value;
    else report.add(at, "unknown_parameter", `is not known; there are ${[...viewParameters].join(", ")}`);
  }
  report.settle();
  return parseViewQuery(input, context);
}

/** Reads the query string of an aggregate: `group=genre&sum=stock&released[gte]=2000-01-01`. */
export function parseAggregateUrl(query: string, context: QueryContext): AggregateQuery {
  const report = createQueryReport();
  const { input, conditions } = split(readPairs(query), aggregateParameters, context, report);
  return parseAggregateQuery(input, context, report, conditions);
}

/** Sets the parameters with a meaning of their own apart from those that are conditions. */
function split(
  parameters: readonly Parameter[],
  names: ReadonlySet<string>,
  context: QueryContext,
  report: QueryReport,
): { input: Record<string, unknown>; conditions: Predicate[] } {
  const input: Record<string, unknown> = {};
  const conditions: Predicate[] = [];
  for (const [name, value] of parameters) {
    if (names.has(name)) {
      if (Object.hasOwn(input, name)) report.add(`/${name}`, "repeated", "is given twice");
      input[name] = ownValue(name, value, report);
    } else {
      conditions.push(parseCondition(name, value, { ...context, report, parameters: names }));
    }
  }
  return { input, conditions };
}

function ownValue(name: string, value: string, report: QueryReport): unknown {
  if (name === "limit") return /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (name === "total") return value === "true" ? true : value === "false" ? false : value;
  if (name !== "where") return value;
  try {
    return JSON.parse(value);
  } catch {
    report.add("/where", "malformed", "must be JSON");
    return {};
  }
}

function parseCondition(name: string, value: string, context: QueryContext & WhereContext): Predicate {
  const { report } = context;
  const match = /^([^[\]]+)(?:\[([^[\]]*)\])?$/.exec(name);
  const [, path = name, operator = "eq"] = match ?? [];
  if (match === null || !isOperator(operator)) {
    const message = `is not known; operators are ${operators.join(", ")}`;
    report.add(`/${pointerStep(name)}`, "unknown_operator", message);
    return never;
  }
  const at = `/${pointerStep(path)}`;
  const steps = path.split(".");
  report.descend(at, steps.length);
  const type = typeAt(steps, context.collection, context.model);
  const operand = type === undefined ? value : spelledOperand(operator, value, type);
  const condition = match[2] === undefined ? operand : { [operator]: operand };
  return parseSteps(steps, condition, context.collection, context, at, 0);
}

function readPairs(query: string): Parameter[] {
  if (query === "") return [];
  return query.split("&").flatMap((pair): Parameter[] => {
    if (pair === "") return [];
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    return [[decode(name), equals === -1 ? "" : decode(pair.slice(equals + 1))]];
  });
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    if (isSaneText(decoded)) return decoded;
  } catch {
    // Answered below, like NUL.
  }
  throw new GalleyError("malformed", "The query string is not percent-encoded UTF-8 without NUL.");
}
