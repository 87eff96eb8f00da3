import type { Violation } from "../kit/error-codes.ts";
import { invalid } from "../kit/galley-error.ts";
import { meant } from "../kit/nearest-name.ts";
import type { Action } from "../schema/action.ts";
import { Field } from "../schema/field.ts";
import { isPlainObject } from "../schema/validator.ts";
import { readParameters } from "./parameters.ts";

/**
 * The input of an action from where HTTP puts it: the path, the query of a GET or DELETE, or the body.
 *
 * @throws GalleyError `invalid_query` for a parameter that isn't known or can't be read
 */
export function actionInputOf(
  action: Action,
  query: string,
  path: Readonly<Record<string, string>>,
  body: unknown,
): unknown {
  const violations: Violation[] = [];
  const input: Record<string, unknown> = {};
  for (const [name, spelled] of [...Object.entries(path), ...readParameters(query)]) {
    const field = Object.hasOwn(action.input, name) ? action.input[name] : undefined;
    const inPath = Object.hasOwn(path, name);
    if (field === undefined || (!inPath && body !== undefined)) {
      violations.push({
        path: `/${name.slice(0, 100).toWellFormed()}`,
        code: "unknown_parameter",
        message: `is not known here${meant(name, Object.keys(action.input))}`,
      });
    } else if (Object.hasOwn(input, name)) {
      violations.push({ path: `/${name}`, code: "repeated", message: "is given twice" });
    } else {
      input[name] = valueOf(field, spelled);
      if (input[name] === undefined)
        violations.push({ path: `/${name}`, code: "wrong_type", message: `must be a ${field.type.name}` });
    }
  }
  if (violations.length > 0) throw invalid("invalid_query", violations);
  if (body === undefined) return input;
  return isPlainObject(body) ? { ...body, ...input } : body;
}

function valueOf(field: Field, spelled: string): unknown {
  const item: unknown = field.type.options.item;
  if (field.type.name !== "list" || !isField(item)) return field.type.fromText(spelled);
  return spelled === "" ? [] : spelled.split(",").map((one) => item.type.fromText(one));
}

function isField(value: unknown): value is Field {
  return value instanceof Field;
}
