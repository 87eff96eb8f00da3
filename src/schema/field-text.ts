import { isSaneText } from "../kit/text.ts";
import { Field } from "./field.ts";
import type { FieldType } from "./field-type.ts";
import { builderMistakes, optionsOf, inWords } from "./option-mistakes.ts";
import { checkRange, checkText, lengthOf, limitMistakes } from "./text-checks.ts";

/** Limits of a text. */
export interface TextOptions {
  /** Fewest characters (code points). */
  readonly min?: number;
  /**
   * Most characters (code points).
   * @defaultValue 10,000
   */
  readonly max?: number;
  /** What the whole text must look like. */
  readonly pattern?: RegExp;
}

/** Most characters of a text that says nothing of it. */
const defaultMax = 10_000;

const words = { verb: "have", noun: " characters", small: "too_short", large: "too_long" };

/**
 * Text: well-formed Unicode without NUL.
 *
 * @example
 * title: text({ max: 200 }).search()
 */
export function text(options: TextOptions = {}): Field<string, "required", "shown"> {
  return new Field(textType("text", options, defaultMax));
}

/**
 * Text that is stored and never shown: an API token of another service, a note to staff. Code reads it; no query may name it.
 *
 * @example
 * apiToken: secret({ max: 200 }).optional()
 */
export function secret(options: TextOptions = {}): Field<string, "required", "hidden"> {
  return new Field<string, "required", "hidden">({
    ...textType("secret", options, defaultMax),
    family: "none",
  });
}

/** @param unspoken the limit where none is given; undefined for what is answered */
function textType(name: string, given: TextOptions, unspoken: number | undefined): FieldType<string> {
  const options = { max: unspoken, ...optionsOf(given) };
  const pattern = isPattern(options.pattern) ? wholePattern(options.pattern) : undefined;
  const max = options.max ?? Number.POSITIVE_INFINITY;
  return {
    name,
    family: "text",
    storage: "text",
    options: { min: options.min, max: options.max, pattern: options.pattern },
    validate(value, path, violations) {
      const checked = checkText(value, path, violations);
      if (checked === undefined) return "";
      if (options.min !== undefined || checked.length > max) {
        checkRange(lengthOf(checked), options, words, path, violations);
      }
      // A pattern costs most on what is too long anyway.
      if (pattern && checked.length <= max * 2 && !pattern.test(checked)) {
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
      // JSON Schema has no flags.
      ...(pattern?.flags === "u" ? { pattern: pattern.source } : {}),
    }),
    answered: () => textType(name, given, undefined),
    mistakes: () => [
      ...builderMistakes(name, given, ["min", "max", "pattern"]),
      ...limitMistakes(options, 0),
      ...patternMistakes(options.pattern, pattern),
    ],
  };
}

// Every realm has a RegExp of its own.
function isPattern(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}

function patternMistakes(given: unknown, pattern: RegExp | undefined): string[] {
  if (given === undefined || pattern !== undefined) return [];
  if (isPattern(given)) return [`has the pattern ${String(given)}, which is none with the flag u`];
  return [`has the pattern ${inWords(given)}, which must be a regular expression, such as /[A-Z]{3}/`];
}

/**
 * A pattern bound to the whole text: no state between calls (`g`, `y`), no lines (`m`), and characters that are code
 * points (`u`), as lengths and JSON Schema have them. Undefined where it makes no sense with `u`.
 */
function wholePattern({ source, flags }: RegExp): RegExp | undefined {
  const kept = flags.replace(/[dgmuy]/g, "");
  try {
    return new RegExp(`^(?:${source})$`, kept.includes("v") ? kept : `${kept}u`);
  } catch {
    return undefined;
  }
}
