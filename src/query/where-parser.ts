import { isSaneText } from "../kit/text.ts";
import { Field, type Fields, isHidden } from "../schema/field.ts";
import { escapePointer, json, jsonFromText } from "../schema/field-json.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";
import { allOf, anyOf, negate, never, type Operand, type Predicate } from "./predicate.ts";
import type { QueryReport } from "./query-report.ts";
import type { Scope } from "./scope.ts";

/** Operators of the JSON and the REST spelling. */
export const operators = [
  "eq",
  "ne",
  "lt",
  "lte",
  "gt",
  "gte",
  "in",
  "nin",
  "contains",
  "startsWith",
  "has",
  "isNull",
] as const;

export type Operator = (typeof operators)[number];

/** What a parser of predicates needs to know. */
export interface WhereContext {
  readonly model: Model;
  readonly scope: Scope;
  readonly report: QueryReport;
}

/** A place in a record that can be compared: a field, or a path into its JSON. */
interface Place {
  readonly field: string;
  readonly path: readonly string[];
  readonly type: Field;
}

export function isOperator(word: string): word is Operator {
  return (operators as readonly string[]).includes(word);
}

/**
 * Reads the JSON spelling of a predicate: `{ "or": [{ "price": { "lt": 1000 } }, { "category": { "name": "Shoes" } }] }`.
 * What is wrong is added to the report, each with its place.
 */
export function parseWhere(
  where: unknown,
  collection: CollectionModel,
  context: WhereContext,
  at = "",
  depth = 0,
): Predicate {
  context.report.descend(at, depth);
  if (!isPlainObject(where)) {
    context.report.add(at, "wrong_type", "must be an object of fields and conditions");
    return never;
  }
  const parts: Predicate[] = [];
  for (const key of Object.keys(where)) {
    const value = where[key];
    if (value === undefined) continue;
    const here = `${at}/${escapePointer(key.slice(0, 100).toWellFormed())}`;
    if (key === "and" || key === "or") {
      if (!Array.isArray(value)) {
        context.report.add(here, "wrong_type", "must be an array of conditions");
        continue;
      }
      context.report.count(here, value.length);
      const members = value.map((one: unknown, index) =>
        parseWhere(one, collection, context, `${here}/${index}`, depth + 1),
      );
      parts.push(key === "and" ? allOf(members) : anyOf(members));
    } else if (key === "not") {
      parts.push(negate(parseWhere(value, collection, context, here, depth + 1)));
    } else {
      context.report.count(here);
      parts.push(parseSteps(key.split("."), value, collection, context, here, depth + 1));
    }
  }
  return allOf(parts);
}

/**
 * Reads one condition whose place is given as steps: `["category", "name"]`. The value may be JSON, or the text of a query
 * parameter with its operator.
 */
export function parseSteps(
  steps: readonly string[],
  value: unknown,
  collection: CollectionModel,
  context: WhereContext,
  at: string,
  depth: number,
): Predicate {
  context.report.descend(at, depth);
  const [first = "", ...rest] = steps;
  const relation = collection.relations.get(first);
  const field = collection.fields.get(first);
  const named = (field !== undefined && !isUnnamed(field)) || relation?.kind === "many";
  if (!named || (field !== undefined && !context.scope.mayName(collection, first))) {
    const known =
      field !== undefined && field.type.name === "computed"
        ? "is computed and can't be queried"
        : "is not a field here";
    context.report.add(at, "unknown_field", known);
    return never;
  }
  const nested = isPlainObject(value) && !Object.keys(value).some(isOperator);
  if (relation !== undefined && (relation.kind === "many" || rest.length > 0 || nested)) {
    const target = context.model.collection(relation.target);
    if (relation.kind === "many" && !context.scope.mayName(target, relation.field)) {
      context.report.add(at, "unknown_field", "is not a field here");
      return never;
    }
    const inner =
      rest.length > 0
        ? parseSteps(rest, value, target, context, at, depth + 1)
        : parseWhere(value, target, context, at, depth + 1);
    return { kind: "related", relation: relation.name, where: allOf([context.scope.visible(target), inner]) };
  }
  if (field === undefined) return never;
  return parsePath({ field: first, path: [], type: field }, rest, value, context, at, depth);
}

function isUnnamed(field: Field): boolean {
  return field.type.family === "none" || isHidden(field);
}

/** Follows the remaining steps, and then nested objects, into a JSON value. */
function parsePath(
  place: Place,
  steps: readonly string[],
  value: unknown,
  context: WhereContext,
  at: string,
  depth: number,
): Predicate {
  context.report.descend(at, depth);
  const [step, ...rest] = steps;
  if (step !== undefined) {
    const inner = inside(place, step);
    if (inner !== undefined) return parsePath(inner, rest, value, context, at, depth + 1);
    context.report.add(at, "unknown_field", "leads nowhere");
    return never;
  }
  const holdsJson = place.type.type.family === "json" || place.type.type.family === "object";
  if (isPlainObject(value)) {
    const keys = Object.keys(value);
    if (holdsJson && keys.length > 0 && !keys.some(isOperator)) {
      return allOf(
        keys.map((key) => {
          context.report.count(at);
          return parsePath(place, [key], value[key], context, `${at}/${escapePointer(key)}`, depth + 1);
        }),
      );
    }
    if (keys.length === 0) {
      context.report.add(at, "wrong_type", "must compare with something");
      return never;
    }
    return allOf(
      keys.map((key) => {
        const here = `${at}/${escapePointer(key.slice(0, 100).toWellFormed())}`;
        if (isOperator(key)) {
          context.report.count(here);
          return condition(place, key, value[key], context.report, here);
        }
        context.report.add(here, "unknown_operator", `is not an operator; there are ${operators.join(", ")}`);
        return never;
      }),
    );
  }
  return condition(place, "eq", value, context.report, at);
}

function inside(place: Place, step: string): Place | undefined {
  const { family, options } = place.type.type;
  const path = [...place.path, step];
  if (family === "json") return /^[A-Za-z0-9_-]{1,64}$/.test(step) ? { ...place, path } : undefined;
  if (family !== "object") return undefined;
  const fields = options.fields as Fields;
  const type = Object.hasOwn(fields, step) ? fields[step] : undefined;
  return type && { field: place.field, path, type };
}

/** One operator at one place. */
export function condition(
  place: Place,
  operator: Operator,
  value: unknown,
  report: QueryReport,
  at: string,
): Predicate {
  const { field, path } = place;
  const missing: Predicate = { kind: "missing", field, path };
  const family = place.type.type.family;
  const wrong = (message: string): Predicate => {
    report.add(at, "wrong_type", message);
    return never;
  };
  if (operator === "isNull") {
    if (typeof value !== "boolean") return wrong("takes true or false");
    return value ? missing : negate(missing);
  }
  if (operator === "ne") return negate(condition(place, "eq", value, report, at));
  if (operator === "nin") return negate(condition(place, "in", value, report, at));
  if (operator === "in") {
    if (!Array.isArray(value)) return wrong("takes a list of values");
    report.count(at, value.length);
    const operands: Operand[] = [];
    for (const one of value as unknown[]) {
      if (one === null) continue;
      const operand = operandOf(place, one);
      if (operand === undefined) return wrong(`takes ${nameOf(place)} values`);
      operands.push(operand);
    }
    const within: Predicate = operands.length === 0 ? never : { kind: "in", field, path, operands };
    return value.includes(null) ? anyOf([within, missing]) : within;
  }
  if (operator === "eq" && value === null) return missing;
  if (operator === "has") {
    const item = place.type.type.options.item;
    if (family !== "list" || !(item instanceof Field)) return wrong("is only for lists; has looks for an item");
    const operand = scalar(item.type.operand(value));
    if (operand === undefined) return wrong(`takes a ${item.type.name} value`);
    return { kind: "compare", field, path, comparison: "has", operand };
  }
  if (family === "list") return wrong("is a list; use has or isNull");
  if (operator === "contains" || operator === "startsWith") {
    if (family !== "text" && family !== "json") return wrong(`is no text; ${operator} is for text`);
    if (typeof value !== "string" || !isSaneText(value)) return wrong("takes a text");
    return { kind: "compare", field, path, comparison: operator, operand: value };
  }
  const operand = operandOf(place, value);
  if (operand === undefined) return wrong(`takes a ${nameOf(place)} value`);
  if (operator !== "eq" && typeof operand === "boolean") return wrong("has no order; use eq or ne");
  return { kind: "compare", field, path, comparison: operator, operand };
}

/** The condition that a query parameter spells: `price[gte]=1000`, `tags[has]=sale`, `id[in]=1,2`. */
export function spelledCondition(operator: Operator, spelled: string, type: Field): unknown {
  if (operator === "isNull") return spelled === "true" ? true : spelled === "false" ? false : spelled;
  if (operator === "contains" || operator === "startsWith") return spelled;
  if (operator === "in" || operator === "nin") return spelled.split(",").map((one) => literal(type, one));
  const item = type.type.options.item;
  return operator === "has" && item instanceof Field ? literal(item, spelled) : literal(type, spelled);
}

function literal(type: Field, spelled: string): unknown {
  if (type.type.family === "json") return jsonFromText(spelled);
  // A spelling that the type can't read stays text, and is refused as such with its name.
  return type.type.fromText(spelled) ?? (type.type.family === "text" ? undefined : spelled);
}

function operandOf(place: Place, value: unknown): Operand | undefined {
  const { type } = place.type;
  return scalar((type.family === "json" ? json().type : type).operand(value));
}

function scalar(value: unknown): Operand | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

function nameOf(place: Place): string {
  const { name, options } = place.type.type;
  return name === "choice" ? `choice (${options.choices?.join(", ")})` : name;
}

/** The type at the end of a path of steps, for reading the text of a parameter; undefined where it leads nowhere. */
export function typeAt(steps: readonly string[], collection: CollectionModel, model: Model): Field | undefined {
  const [first = "", ...rest] = steps;
  const relation = collection.relations.get(first);
  if (relation !== undefined && rest.length > 0) return typeAt(rest, model.collection(relation.target), model);
  const field = collection.fields.get(first);
  if (field === undefined) return undefined;
  let place: Place | undefined = { field: first, path: [], type: field };
  for (const step of rest) place = place && inside(place, step);
  return place?.type;
}
