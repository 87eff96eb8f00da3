import type { Violation } from "../kit/error-codes.ts";
import type { Action, Output } from "../schema/action.ts";
import type { Collection } from "../schema/collection.ts";
import { Field, type Fields, isHidden, itemOf } from "../schema/field.ts";
import { checkItems } from "../schema/field-list.ts";
import { isEnough, jsonTypeOf, violate } from "../schema/field-type.ts";
import { isPlainObject } from "../schema/validator.ts";
import { isCollection } from "./present-output.ts";

/** Most places that one message names. */
const mostNamed = 5;

/**
 * What an action has answered, as its output declares it: in normal form, and without what is not declared. Records are as they
 * are stored, because what is seen of them depends on the caller.
 *
 * @throws Error that says what is wrong: it is the application's mistake, and the transaction is taken back
 */
export function shapeOutput({ name, output }: Action, value: unknown): unknown {
  if (output === undefined) return null;
  const violations: Violation[] = [];
  const shaped = shape(output, value, violations);
  if (violations.length === 0) return shaped;
  const wrong = violations.slice(0, mostNamed).map(({ path, message }) => `${path || "it"} ${message}`);
  const more = violations.length > mostNamed ? `, and ${violations.length - mostNamed} more` : "";
  throw new Error(`The action "${name}" answered what its output doesn't declare: ${wrong.join("; ")}${more}.`);
}

/** Whether what a caller is shown of an output depends on who it is, or leaves something out. */
export function dependsOnCaller(output: Output | undefined): boolean {
  if (output === undefined) return false;
  if (output instanceof Field) return holdsRecords(output);
  return isCollection(output) || Object.values(output).some((field) => isHidden(field) || holdsRecords(field));
}

function shape(output: Output, value: unknown, violations: Violation[]): unknown {
  if (output instanceof Field) return shapeField(output, value, "", violations);
  return isCollection(output) ? shapeRecord(output, value, "", violations) : shapeFields(output, value, "", violations);
}

function shapeFields(fields: Fields, value: unknown, path: string, violations: Violation[]): unknown {
  if (!isPlainObject(value))
    return wrongType(`an object with ${Object.keys(fields).join(", ")}`, value, path, violations);
  const shaped: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    shaped[name] = shapeField(field, value[name], `${path}/${name}`, violations);
  }
  return shaped;
}

function shapeField(field: Field, value: unknown, path: string, violations: Violation[]): unknown {
  const { type, modifiers } = field;
  if (value === undefined && modifiers.default !== undefined && typeof modifiers.default !== "function")
    return modifiers.default;
  if (value === undefined || value === null) return field.validate(null, path, violations);
  if (type.name === "record") return shapeRecord(type.options.collection as Collection, value, path, violations);
  if (type.name === "object") return shapeFields(type.options.fields as Fields, value, path, violations);
  const item = itemOf(field);
  // Items that are single values are checked with their list.
  if (item === undefined || !["record", "object", "list"].includes(item.type.name))
    return field.validate(value, path, violations);
  return checkItems(value, type.options, path, violations, (one, at) => shapeField(item, one, at, violations));
}

/** A record is taken for one by what every record has: its fields were checked when it was written. */
function shapeRecord(collection: Collection, value: unknown, path: string, violations: Violation[]): unknown {
  const isRecord = isPlainObject(value) && typeof value["id"] === "string" && typeof value["version"] === "number";
  return isRecord ? value : wrongType(`a record of ${collection.name}, whole`, value, path, violations);
}

function wrongType(right: string, value: unknown, path: string, violations: Violation[]): unknown {
  if (isEnough(violations)) return undefined;
  return violate(violations, path, "wrong_type", `must be ${right}, and is ${jsonTypeOf(value)}`);
}

function holdsRecords(field: Field): boolean {
  const { name, options } = field.type;
  if (name === "object") return Object.values(options.fields as Fields).some(holdsRecords);
  const item = itemOf(field);
  return name === "record" || (item !== undefined && holdsRecords(item));
}
