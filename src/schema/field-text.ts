import { isSaneText } from "../kit/text.ts";
import { Field } from "./field.ts";
import type { FieldType } from "./field-type.ts";
import { checkRange, checkText, lengthOf, limitMistakes } from "./text-checks.ts";

/** Limits of a text. */
export interface TextOptions {
  /** Fewest characters (code points). */
  readonly min?: number;
  /** Most characters (code points); 10,000 unless told otherwise. */
  readonly max?: number;
  /** What the whole text must look like. */
  readonly pattern?: RegExp;
}

/** The limits that a text without limits has. */
const defaultMax = 10_000;

/**
 * Text: well-formed Unicode without NUL.
 *
 * @example
 * title: text({ max: 200 }).search()
 */
export function text(options: TextOptions = {}): Field<string, "required", "shown"> {
  return new Field(textType("text", { max: defaultMax, ...options }));
}

/** Text that is stored and never shown: an API token of another service, a note to staff. */
export function secret(options: TextOptions = {}): Field<string, "required", "hidden"> {
  return new Field<string, "required", "hidden">({
    ...textType("secret", { max: defaultMax, ...options }),
    family: "none",
  });
}

function textType(name: string, options: TextOptions): FieldType<string> {
  // Sticky and global expressions keep state between calls; the copy has none, and is bound to the whole text.
  const pattern =
    options.pattern && new RegExp(`^(?:${options.pattern.source})$`, options.pattern.flags.replace(/[gy]/g, ""));
  return {
    name,
    family: "text",
    storage: "text",
    options: { min: options.min, max: options.max },
    validate(value, path, violations) {
      const checked = checkText(value, path, violations);
      if (checked === undefined) return "";
      if (options.min !== undefined || checked.length > (options.max ?? Infinity)) {
        const words = { unit: "have", small: "too_short", large: "too_long" };
        const before = violations.length;
        checkRange(lengthOf(checked), options, words, path, violations);
        for (let index = before; index < violations.length; index++) {
          const violation = violations[index];
          if (violation) violations[index] = { ...violation, message: `${violation.message} characters` };
        }
      }
      if (pattern && checked.length <= (options.max ?? defaultMax) * 2 && !pattern.test(checked)) {
        violations.push({ path, code: "pattern", message: `must match ${String(options.pattern)}` });
      }
      return checked;
    },
    operand: (value) => (typeof value === "string" && isSaneText(value) ? value : undefined),
    fromText: (spelled) => spelled,
    jsonSchema: () => ({
      type: "string",
      ...(options.min === undefined ? {} : { minLength: options.min }),
      ...(options.max === undefined ? {} : { maxLength: options.max }),
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
    }),
    mistakes: () => limitMistakes(options, 0),
  };
}
