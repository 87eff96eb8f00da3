import type { Violation } from "../kit/error-codes.ts";

/** A JSON Schema, draft 2020-12, as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The schema of what another allows, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema["type"] === "string" && schema["enum"] === undefined) {
    return { ...schema, type: [schema["type"], "null"] };
  }
  return Array.isArray(schema["type"]) ? schema : { anyOf: [schema, { type: "null" }] };
}

/** How values are compared and stored; decides which operators a query may use on the field. */
export type Family = "text" | "number" | "boolean" | "list" | "json" | "object" | "none";

/** Column types that an engine must know, whatever it calls them. */
export type Storage = "text" | "integer" | "real" | "boolean" | "json" | "none";

/**
 * What a kind of field knows about its values: one file `field-<name>.ts` each. It knows nothing of optional, hidden or
 * unique; those are modifiers and belong to `Field`.
 */
export interface FieldType<Value = unknown> {
  /** The builder's name: `text`. */
  readonly name: string;
  readonly family: Family;
  readonly storage: Storage;
  /**
   * Checks a value from outside and answers it in its normal form (an e-mail address in lower case, a time in UTC).
   * Adds every violation to `violations`; what is returned then is of no use.
   */
  validate(value: unknown, path: string, violations: Violation[]): Value;
  /** A value to compare with, in normal form, or undefined where it is of the wrong type. Limits don't apply. */
  operand(value: unknown): Value | undefined;
  /** The value that a query parameter spells; undefined where it spells none. */
  fromText(text: string): Value | undefined;
  jsonSchema(): JsonSchema;
  /** What is wrong with the declaration itself, each as the end of a sentence that starts with the field's name. */
  mistakes(): readonly string[];
  /** Settings that others than the type itself ask for, such as the target of a ref. */
  readonly options: FieldOptions;
  /**
   * The same for what an action answers: without the limits that nobody has spoken, which are there for what clients send.
   * Left out where there are none.
   */
  readonly answered?: () => FieldType<Value>;
}

/** Settings of a field type that the model, the engines and the projections read. */
export interface FieldOptions {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** What a text must look like as a whole. */
  readonly pattern?: RegExp | undefined;
  readonly currency?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly onDelete?: "restrict" | "cascade" | "clear" | undefined;
  readonly inverse?: string | undefined;
  readonly from?: string | undefined;
  /** Fields of an object. */
  readonly fields?: unknown;
  /** Item of a list, result of a computed field. */
  readonly item?: unknown;
  /** Collection of a record in an output. */
  readonly collection?: unknown;
  readonly compute?: ((record: never) => unknown) | undefined;
}

/** Most violations that are looked for: one input can hold a million, and nobody reads them. */
const mostViolations = 100;

/** Whether so much is wrong already that the rest of a value is not worth checking. */
export function isEnough(violations: readonly Violation[]): boolean {
  return violations.length >= mostViolations;
}

/** Adds a violation and gives the value back, for use in a `return`. */
export function violate<T>(violations: Violation[], path: string, code: string, message: string): T {
  violations.push({ path, code, message });
  return undefined as T;
}

/** What a value is, in JSON's words, for messages. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "a string" : typeof value === "number" ? "a number" : `a ${typeof value}`;
}
