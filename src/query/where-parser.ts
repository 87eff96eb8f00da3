import type { Field } from "../schema/field.ts";
import { pointerStep } from "../schema/json-pointer.ts";
import type { CollectionModel, Model, Relation } from "../schema/model.ts";
import { meant } from "../kit/nearest-name.ts";
import { isOperator, operators } from "../schema/operators.ts";
import { isPlainObject } from "../schema/validator.ts";
import { allOf, anyOf, negate, never, type Predicate } from "./predicate.ts";
import type { QueryReport } from "./query-report.ts";
import { isNameable, leads, nameableFields, nameableRelations, type Scope } from "./scope.ts";
import { condition, inside, type Place } from "./where-condition.ts";

/** What a parser of predicates needs to know. */
export interface WhereContext {
  readonly model: Model;
  readonly scope: Scope;
  readonly report: QueryReport;
  /** What else may be meant at the beginning: in a URL, conditions stand beside the parameters of a query. */
  readonly parameters?: ReadonlySet<string>;
}

/**
 * Reads the JSON spelling of a predicate: `{ "or": [{ "price": { "lt": 1000 } }, { "category": { "name": "Hats" } }] }`.
 * What is wrong is added to the report, each with its place.
 */
export function parseWhere(
  where: unknown,
  collection: CollectionModel,
  context: WhereContext,
  at = "",
  depth = 0,
): Predicate {
  const { report } = context;
  report.descend(at, depth);
  if (!isPlainObject(where)) {
    report.add(at, "wrong_type", "must be an object of fields and conditions");
    return never;
  }
  const keys = Object.keys(where);
  // What compares nothing costs something too.
  if (keys.length === 0) report.count(at);
  const parts = keys.map((key) => {
    const value = where[key];
    const here = `${at}/${pointerStep(key)}`;
    if (key === "not") return negate(parseWhere(value, collection, context, here, depth + 1));
    if (key !== "and" && key !== "or") {
      const steps = key.split(".");
      report.descend(here, depth + steps.length);
      return parseSteps(steps, value, collection, context, here, depth + 1);
    }
    if (!Array.isArray(value)) {
      report.add(here, "wrong_type", "must be an array of conditions");
      return never;
    }
    if (value.length === 0) report.count(here);
    const members = value.map((one: unknown, index) =>
      parseWhere(one, collection, context, `${here}/${index}`, depth + 1),
    );
    return key === "and" ? allOf(members) : anyOf(members);
  });
  return allOf(parts);
}

/**
 * Reads one condition whose place is given as steps: `["category", "name"]`.
 * @param value what stands at that place in the JSON spelling: an operand, operators, or conditions further inside
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
  const target = relation && context.model.collection(relation.target);
  const known =
    relation !== undefined && target !== undefined
      ? leads(relation, collection, target, context.scope)
      : isNameable(first, collection, context.scope);
  if (!known) {
    const computed = field !== undefined && field.modifiers.presence === "computed";
    const what = computed
      ? "is computed and can't be queried"
      : `is not a field here${meantBy(first, collection, context, depth)}`;
    context.report.add(at, "unknown_field", what);
    return never;
  }
  if (relation !== undefined && target !== undefined && leadsOn(relation, rest, value)) {
    context.report.count(at);
    const inner =
      rest.length > 0
        ? parseSteps(rest, value, target, context, at, depth + 1)
        : parseWhere(value, target, context, at, depth + 1);
    return { kind: "related", relation: relation.name, where: allOf([context.scope.visible(target), inner]) };
  }
  if (field === undefined) return never;
  return parsePath({ field: first, path: [], type: field }, rest, value, context, at, depth);
}

function meantBy(name: string, collection: CollectionModel, context: WhereContext, depth: number): string {
  const { model, scope, parameters } = context;
  const relations = nameableRelations(collection, model, scope);
  const beside = depth === 0 && parameters !== undefined ? parameters : [];
  return meant(name, [...nameableFields(collection, scope), ...relations, ...beside]);
}

/** Whether a condition is about the records that a relation leads to, and not about the id that a ref holds. */
function leadsOn(relation: Relation, rest: readonly string[], value: unknown): boolean {
  if (relation.kind === "many" || rest.length > 0) return true;
  return isPlainObject(value) && !Object.keys(value).some(isOperator);
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
  const { report } = context;
  report.descend(at, depth);
  const [step, ...rest] = steps;
  if (step !== undefined) {
    const inner = inside(place, step);
    if (inner !== undefined) return parsePath(inner, rest, value, context, at, depth + 1);
    report.add(at, "unknown_field", "leads nowhere");
    return never;
  }
  if (!isPlainObject(value)) return condition(place, "eq", value, report, at);
  const keys = Object.keys(value);
  if (keys.length === 0) {
    report.add(at, "wrong_type", "must compare with something");
    return never;
  }
  const { family } = place.type.type;
  const deeper = (family === "json" || family === "object") && !keys.some(isOperator);
  const parts = keys.map((key) => {
    const here = `${at}/${pointerStep(key)}`;
    if (deeper) return parsePath(place, [key], value[key], context, here, depth + 1);
    if (isOperator(key)) return condition(place, key, value[key], report, here);
    report.add(here, "unknown_operator", `is not an operator; there are ${operators.join(", ")}`);
    return never;
  });
  return allOf(parts);
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
