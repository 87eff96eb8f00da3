import { isSaneText } from "../kit/text.ts";
import { type Field, type Fields, itemOf } from "../schema/field.ts";
import { jsonFromText } from "../schema/field-json.ts";
import type { Operator } from "../schema/operators.ts";
import { anyOf, negate, never, type Operand, type Predicate } from "./predicate.ts";
import type { QueryReport } from "./query-report.ts";

/** A place in a record that can be compared: a field, or a path into its JSON. */
export interface Place {
  readonly field: string;
  readonly path: readonly string[];
  readonly type: Field;
}

/** The place one step further inside a value; undefined where there is none. */
export function inside(place: Place, step: string): Place | undefined {
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
  if (operator === "ne") return negate(condition(place, "eq", value, report, at));
  if (operator === "nin") return negate(condition(place, "in", value, report, at));
  if (operator === "in") return membership(place, value, report, at);
  const { field, path } = place;
  const { family } = place.type.type;
  const missing: Predicate = { kind: "missing", field, path };
  const wrong = (message: string): Predicate => {
    report.add(at, "wrong_type", message);
    return never;
  };
  report.count(at);
  switch (operator) {
    case "isNull":
      if (typeof value !== "boolean") return wrong("takes true or false");
      return value ? missing : negate(missing);
    case "has": {
      const item = itemOf(place.type);
      if (item === undefined) return wrong("is no list; has looks for an item of one");
      const operand = operandOf(item, value);
      if (operand === undefined) return wrong(expectationOf(item));
      return { kind: "compare", field, path, comparison: "has", operand };
    }
    case "contains":
    case "startsWith":
      if (family !== "text" && family !== "json") return wrong(`is no text; ${operator} is for text`);
      if (typeof value !== "string" || !isSaneText(value)) return wrong("takes a text");
      return { kind: "compare", field, path, comparison: operator, operand: value };
    default: {
      if (operator === "eq" && value === null) return missing;
      const operand = operandOf(place.type, value);
      if (operand === undefined) return wrong(expectationOf(place.type));
      if (operator !== "eq" && typeof operand === "boolean") return wrong("has no order; use eq or ne");
      return { kind: "compare", field, path, comparison: operator, operand };
    }
  }
}

function membership({ field, path, type }: Place, value: unknown, report: QueryReport, at: string): Predicate {
  if (!Array.isArray(value)) {
    report.add(at, "wrong_type", "takes a list of values");
    return never;
  }
  report.count(at, value.length);
  const operands: Operand[] = [];
  for (const one of value as unknown[]) {
    if (one === null) continue;
    const operand = operandOf(type, one);
    if (operand === undefined) {
      report.add(at, "wrong_type", expectationOf(type));
      return never;
    }
    operands.push(operand);
  }
  const within: Predicate = operands.length === 0 ? never : { kind: "in", field, path, operands };
  return value.includes(null) ? anyOf([within, { kind: "missing", field, path }]) : within;
}

/** What a query parameter spells, to be compared by an operator: `price[gte]=1000`, `tags[has]=sale`, `id[in]=1,2`. */
export function spelledOperand(operator: Operator, spelled: string, type: Field): unknown {
  if (operator === "isNull") return spelled === "true" ? true : spelled === "false" ? false : spelled;
  if (operator === "contains" || operator === "startsWith") return spelled;
  if (operator === "in" || operator === "nin") return spelled.split(",").map((one) => literal(type, one));
  return literal((operator === "has" ? itemOf(type) : undefined) ?? type, spelled);
}

function literal({ type }: Field, spelled: string): unknown {
  if (type.family === "json") return jsonFromText(spelled);
  // A spelling that the type can't read is refused as what it is: a text, or none of the texts of this type.
  return type.fromText(spelled) ?? (type.family === "text" ? undefined : spelled);
}

function operandOf({ type }: Field, value: unknown): Operand | undefined {
  const operand = type.operand(value);
  return typeof operand === "string" || typeof operand === "number" || typeof operand === "boolean"
    ? operand
    : undefined;
}

/** What a comparison with a value of the type takes, for people. */
function expectationOf({ type: { name, family, options } }: Field): string {
  if (family === "list") return "is a list; use has or isNull";
  if (family === "object") return "is an object; compare one of its fields";
  if (family === "json") return "takes a text, a number, true or false";
  if (options.choices !== undefined) return `takes one of ${options.choices.join(", ")}`;
  return `takes ${/^[aeio]/.test(name) ? "an" : "a"} ${name} value`;
}
