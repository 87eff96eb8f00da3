import type { Violation } from "../kit/error-codes.ts";
import { invalid } from "../kit/galley-error.ts";
import { meant } from "../kit/nearest-name.ts";
import type { Field, Fields } from "./field.ts";
import { isEnough, jsonTypeOf } from "./field-type.ts";
import { pointerStep } from "./json-pointer.ts";
import { systemNames } from "./names.ts";

/**
 * What is being checked: a whole new record (`create`), one that replaces another (`replace`, which may carry the
 * fields that Galley keeps itself, as they were answered), changes (`patch`), or an input (`input`).
 */
export type Mode = "create" | "replace" | "patch" | "input";

/** A checker of objects, made once for some fields. */
export interface Validator<T> {
  /** Checks a value that sits at a path of a larger one. */
  check(value: unknown, path: string, violations: Violation[]): T;
  /**
   * Checks a whole input.
   * @throws GalleyError `invalid_input` with every violation
   */
  parse(value: unknown): T;
}

/**
 * Makes the checker for some fields. Every violation is reported with its place; keys that aren't known are violations.
 *
 * @example
 * createValidator({ title: text() }, "create").parse({ title: 1 }) // throws: /title must be a string, and is a number
 */
export function createValidator<T>(fields: Fields, mode: Mode): Validator<T> {
  const entries = Object.entries(fields);
  const names = new Set(entries.map(([name]) => name));

  function check(value: unknown, path: string, violations: Violation[]): T {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      violations.push({ path, code: "wrong_type", message: `must be an object, and is ${jsonTypeOf(value)}` });
      return {} as T;
    }
    const given = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      const sent = Object.hasOwn(given, name) ? given[name] : undefined;
      if (sent === undefined && (mode === "patch" || field.modifiers.presence === "defaulted")) {
        // A default that is a function needs to know who asks and when: it is applied where the record is made.
        const fallback = field.modifiers.default;
        if (mode !== "patch" && fallback !== undefined && typeof fallback !== "function") result[name] = fallback;
        continue;
      }
      if (field.modifiers.presence === "computed") {
        if (sent !== undefined && mode !== "replace") {
          violations.push({ path: `${path}/${name}`, code: "read_only", message: "is computed and can't be set" });
        }
        continue;
      }
      result[name] =
        mode === "patch"
          ? checkPatch(field, sent, `${path}/${name}`, violations)
          : field.validate(sent, `${path}/${name}`, violations);
    }
    for (const key of Object.keys(given)) {
      if (names.has(key) || (mode === "replace" && systemNames.has(key))) continue;
      violations.push(unknownKey(key, path, systemNames.has(key) && mode !== "input", names));
      if (isEnough(violations)) break;
    }
    return result as T;
  }

  return {
    check,
    parse(value) {
      const violations: Violation[] = [];
      const checked = check(value, "", violations);
      if (violations.length > 0) throw invalid("invalid_input", violations);
      return checked;
    },
  };
}

function unknownKey(key: string, path: string, system: boolean, names: ReadonlySet<string>): Violation {
  const place = `${path}/${pointerStep(key)}`;
  return system
    ? { path: place, code: "read_only", message: "is kept by the server and can't be set" }
    : { path: place, code: "unknown_field", message: `is not a field here${meant(key, [...names])}` };
}

/**
 * Checks one change. An increment, and a merge into a nested value, can only be judged with the stored value beside it:
 * they pass here, and the result is checked again where the change is made.
 */
function checkPatch(field: Field, sent: unknown, path: string, violations: Violation[]): unknown {
  if (sent === null) {
    if (field.modifiers.presence === "optional") return null;
    violations.push({ path, code: "required", message: "can't be null" });
    return null;
  }
  const { family, storage } = field.type;
  if (family === "number" && isIncrement(sent)) {
    const whole = storage === "integer";
    if (whole ? !Number.isSafeInteger(sent.increment) : !Number.isFinite(sent.increment)) {
      const message = `must be ${whole ? "a whole" : "a finite"} number`;
      violations.push({ path: `${path}/increment`, code: "wrong_type", message });
    }
    return sent;
  }
  if (family === "object" && isPlainObject(sent)) return sent;
  return field.validate(sent, path, violations);
}

/** Whether a patch says "add this to the stored number". */
export function isIncrement(value: unknown): value is { readonly increment: number } {
  return isPlainObject(value) && Object.keys(value).length === 1 && typeof value["increment"] === "number";
}

/** Whether a value is a JSON object: a promise, or another thing with methods of its own, is none. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Every realm has an Object.prototype of its own; only such have no prototype themselves.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value));
}
