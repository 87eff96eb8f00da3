import { type Field, type Fields, isHidden, itemOf } from "../schema/field.ts";
import { orNull } from "../schema/field-type.ts";
import type { CollectionModel } from "../schema/model.ts";
import { type Operator, operatorsOf } from "../schema/operators.ts";
import type { Part } from "./components.ts";

/** A place in a record that queries compare. */
export interface Filter {
  /** `price`, or `address.city` inside an object. */
  readonly path: string;
  readonly field: Field;
  /** Whether a rule decides who may name it. */
  readonly ruled: boolean;
}

/** The fields that a query may name: stored and not hidden; those of objects too. */
export function filtersOf(collection: CollectionModel): Filter[] {
  const found: Filter[] = [];
  const add = (path: string, field: Field, ruled: boolean): void => {
    if (field.type.family === "none" || isHidden(field)) return;
    found.push({ path, field, ruled });
    if (field.type.family !== "object") return;
    for (const [name, inner] of Object.entries(field.type.options.fields as Fields))
      add(`${path}.${name}`, inner, ruled);
  };
  for (const [name, field] of collection.fields) add(name, field, field.modifiers.readable !== undefined);
  return found;
}

/** Operators that make sense on a field. */
export function operatorsFor(field: Field): readonly Operator[] {
  const operators = operatorsOf(field.type.family);
  const item = itemOf(field);
  // Only a single value can be looked for in a list.
  const found = item === undefined || ["text", "number", "boolean", "json"].includes(item.type.family);
  return found ? operators : operators.filter((operator) => operator !== "has");
}

/** What an operator compares with, as a query parameter spells it. */
export function operandSchema(field: Field, operator: Operator): Part {
  const item = itemOf(field);
  if (operator === "isNull") return { type: "boolean" };
  if (operator === "contains" || operator === "startsWith") return { type: "string" };
  if (operator === "has" && item !== undefined) return valueSchema(item);
  const value = valueSchema(field);
  return operator === "in" || operator === "nin" ? { type: "array", items: value } : value;
}

/** A condition on a field in JSON: a value, or operators. */
export function conditionSchema(field: Field): Part {
  const operators = operatorsFor(field);
  const jsonOperand = (operator: Operator): Part => {
    const schema = operandSchema(field, operator);
    if (operator === "eq" || operator === "ne") return orNull(schema);
    return operator === "in" || operator === "nin" ? { type: "array", items: orNull(valueSchema(field)) } : schema;
  };
  const comparison = {
    type: "object",
    properties: Object.fromEntries(operators.map((operator) => [operator, jsonOperand(operator)])),
    minProperties: 1,
    additionalProperties: false,
  };
  return operators.includes("eq") ? { anyOf: [orNull(valueSchema(field)), comparison] } : comparison;
}

/** A value to compare with: of the field's type, and without its limits, which a comparison need not respect. */
function valueSchema(field: Field): Part {
  const { family } = field.type;
  if (family === "number") return { type: "number" };
  if (family === "json") return { type: ["string", "number", "boolean"] };
  const { type, format, enum: choices } = field.type.jsonSchema();
  return { type, ...(format === undefined ? {} : { format }), ...(choices === undefined ? {} : { enum: choices }) };
}
