import { Field } from "./field.ts";
import { type FieldType, jsonTypeOf, violate } from "./field-type.ts";
import { builderMistakes, optionsOf } from "./option-mistakes.ts";
import { checkRange, limitMistakes } from "./text-checks.ts";

/** Limits of a number, both inclusive. */
export interface NumberOptions {
  /** Smallest value. */
  readonly min?: number;
  /** Largest value. */
  readonly max?: number;
}

const words = { verb: "be", noun: "", small: "too_small", large: "too_large" };

/**
 * A finite number (IEEE 754 double).
 *
 * @example
 * rating: number({ min: 0, max: 10 }).optional()
 */
export function number(options: NumberOptions = {}): Field<number, "required", "shown"> {
  return new Field(numberType("number", options));
}

/**
 * A whole number that is exact in JSON and in every engine: between -(2^53 - 1) and 2^53 - 1.
 *
 * @example
 * stock: integer({ min: 0 })
 */
export function integer(options: NumberOptions = {}): Field<number, "required", "shown"> {
  return new Field(numberType("integer", options));
}

/** The field type of a number; `money` is one too. */
export function numberType(
  name: "number" | "integer" | "money",
  given: NumberOptions,
  known = ["min", "max"],
): FieldType<number> {
  const options = optionsOf(given);
  const whole = name !== "number";
  const isValue = (value: unknown): value is number =>
    typeof value === "number" && (whole ? Number.isSafeInteger(value) : Number.isFinite(value));
  // JSON Schema's integers have no end.
  const bounds = whole
    ? {
        min: Math.max(options.min ?? -Infinity, Number.MIN_SAFE_INTEGER),
        max: Math.min(options.max ?? Infinity, Number.MAX_SAFE_INTEGER),
      }
    : options;
  return {
    name,
    family: "number",
    storage: whole ? "integer" : "real",
    options: { min: options.min, max: options.max },
    validate(value, path, violations) {
      if (!isValue(value)) {
        const right = whole ? "a whole number between -(2^53-1) and 2^53-1" : "a number";
        const is = typeof value === "number" ? String(value) : jsonTypeOf(value);
        return violate(violations, path, "wrong_type", `must be ${right}, and is ${is}`);
      }
      checkRange(value, options, words, path, violations);
      // -0 is not a value that JSON text and every engine keep apart from 0.
      return value === 0 ? 0 : value;
    },
    // A fraction may be compared with a whole number; it just never equals one.
    operand: (value) => (typeof value === "number" && Number.isFinite(value) ? (value === 0 ? 0 : value) : undefined),
    fromText: (spelled) => (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(spelled) ? Number(spelled) : undefined),
    jsonSchema: () => ({
      type: whole ? "integer" : "number",
      ...(bounds.min === undefined ? {} : { minimum: bounds.min }),
      ...(bounds.max === undefined ? {} : { maximum: bounds.max }),
    }),
    mistakes: () => [...builderMistakes(name, given, known), ...limitMistakes(options)],
  };
}
