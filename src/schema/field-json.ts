import type { Violation } from "../kit/error-codes.ts";
import { isSaneText } from "../kit/text.ts";
import { Field } from "./field.ts";
import { type FieldType, isEnough } from "./field-type.ts";
import { builderMistakes, optionsOf } from "./option-mistakes.ts";
import { limitMistakes } from "./text-checks.ts";
import { excerpt, pointerStep } from "./json-pointer.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** How deep a JSON value may be nested. */
const maxDepth = 20;
/** How long a JSON value may be as text, unless told otherwise: changes merge into it, so no body's limit bounds it. */
const defaultMax = 100_000;

/** Limits of a JSON value. */
export interface JsonOptions {
  /**
   * Most characters of its JSON text.
   * @defaultValue 100,000
   */
  readonly max?: number;
}

/**
 * Any JSON value that is not null, for data whose shape the definition doesn't know. Queries reach into it:
 * `meta.color=red`.
 *
 * @example
 * meta: json().default({})
 */
export function json(options: JsonOptions = {}): Field<Json, "required", "shown"> {
  return new Field<Json, "required", "shown">(jsonType(options));
}

function jsonType(options: JsonOptions): FieldType<Json> {
  const { max = defaultMax } = optionsOf(options);
  return {
    name: "json",
    family: "json",
    storage: "json",
    options: { max },
    validate(value, path, violations) {
      const before = violations.length;
      checkJson(value, path, violations, 0);
      if (violations.length === before && JSON.stringify(value).length > max) {
        violations.push({ path, code: "too_long", message: `must have at most ${max} characters as JSON` });
      }
      return value as Json;
    },
    operand: (value) => {
      const violations: Violation[] = [];
      checkJson(value, "", violations, 0);
      return violations.length === 0 ? (value as Json) : undefined;
    },
    fromText: (spelled) => jsonFromText(spelled),
    // No keyword: any value. The description keeps generated clients from reading it as a mistake.
    jsonSchema: () => ({ description: "Any JSON value but null", not: { type: "null" } }),
    answered: () => ({
      ...jsonType(options),
      validate: (value, path, violations) => answer(value, options.max, path, violations),
    }),
    mistakes: () => [...builderMistakes("json", options, ["max"]), ...limitMistakes({ max }, 0)],
  };
}

/** Checks what an action answers: whatever JSON can spell, which leaves out what is undefined. */
function answer(value: unknown, max: number | undefined, path: string, violations: Violation[]): Json {
  const text = textOf(value);
  if (text === undefined) violations.push({ path, code: "wrong_type", message: "must be a JSON value" });
  else if (max !== undefined && text.length > max)
    violations.push({ path, code: "too_long", message: `must have at most ${max} characters as JSON` });
  return value as Json;
}

/** The JSON text of a value; undefined where it has none, as a function, a BigInt or a circle has. */
function textOf(value: unknown): string | undefined {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text;
  } catch {
    return undefined;
  }
}

/** What a query parameter that is compared with a JSON value spells: a JSON literal where it is one, else a text. */
export function jsonFromText(spelled: string): Json {
  return /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(spelled)
    ? (JSON.parse(spelled) as Json)
    : spelled;
}

function checkJson(value: unknown, path: string, violations: Violation[], depth: number): void {
  if (depth > maxDepth) {
    violations.push({ path, code: "too_deep", message: `must not be nested deeper than ${maxDepth}` });
    return;
  }
  if (typeof value === "string") {
    if (!isSaneText(value)) {
      violations.push({ path, code: "invalid_text", message: "must be well-formed Unicode without NUL characters" });
    }
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length && !isEnough(violations); index++) {
      checkJson(value[index], `${path}/${index}`, violations, depth + 1);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (isEnough(violations)) return;
      // Such a key reaches a prototype in careless code on the other side.
      if (key === "__proto__" || !isSaneText(key)) {
        violations.push({
          path,
          code: "invalid_key",
          message: `must not have the key ${JSON.stringify(excerpt(key))}`,
        });
      } else {
        checkJson(item, `${path}/${pointerStep(key)}`, violations, depth + 1);
      }
    }
  } else if (value !== null && typeof value !== "boolean" && !(typeof value === "number" && Number.isFinite(value))) {
    violations.push({ path, code: "wrong_type", message: "must be a JSON value" });
  }
}
