import type { Violation } from "../kit/error-codes.ts";
import { exampleText } from "./example-text.ts";
import { type Field, type Fields, isField, itemOf } from "./field.ts";
import { slugify } from "./field-slug.ts";

const start = Date.UTC(2026, 0, 1);
const [minute, day] = [60_000, 86_400_000];
/** How often an example repeats what a pattern lets be repeated: a few times, unless a length asks for something else. */
const repeats = [4, 1, 2, 3, 6, 8, 12, 16, 24, 32, 64, 0];

/**
 * A value that a field takes, the same each time, and another one for each number as far as the field has others. It is meant
 * to be read: `title 1`, `email2@example.com`. Undefined where none can be made up: a ref needs a record, and some patterns
 * can't be read.
 *
 * @param name what the value is called in it
 * @param serial 1 and above
 */
export function exampleValue(field: Field, name: string, serial: number): unknown {
  const violations: Violation[] = [];
  const candidate = candidates(field, name, serial).find((one) => {
    violations.length = 0;
    field.type.validate(one, "", violations);
    return violations.length === 0;
  });
  return candidate;
}

/** Values for the fields of an object or an input that must be sent; undefined where one of them can't be made up. */
function exampleValues(fields: Fields, serial: number): Record<string, unknown> | undefined {
  const required = Object.entries(fields).filter(([, { modifiers }]) => modifiers.presence === "required");
  const values: Record<string, unknown> = {};
  for (const [name, field] of required) values[name] = exampleValue(field, name, serial);
  return Object.values(values).includes(undefined) ? undefined : values;
}

/** Values that should fit, the nicest first. */
function candidates(field: Field, name: string, serial: number): unknown[] {
  const { type } = field;
  const { min, max, pattern, choices, fields } = type.options;
  switch (type.name) {
    case "text":
    case "secret":
      if (pattern !== undefined) return repeats.map((times) => exampleText(pattern, serial - 1, Math.max(times, 0)));
      return texts(name, serial, min ?? 0, max);
    case "integer":
    case "money":
    case "number":
      return numbers(serial, min ?? -Infinity, max ?? Infinity, type.name === "number");
    case "boolean":
      return [serial % 2 === 0];
    case "choice":
      return choices === undefined ? [] : [choices[(serial - 1) % choices.length]];
    case "timestamp":
      return [new Date(start + (serial - 1) * minute).toISOString()];
    case "date":
      return [new Date(start + (serial - 1) * day).toISOString().slice(0, 10)];
    case "email":
      return [`${slugify(name)}${serial}@example.com`];
    case "url":
      return [`https://example.com/${slugify(name)}/${serial}`];
    case "uuid":
      return [`00000000-0000-7000-8000-${serial.toString(16).padStart(12, "0")}`];
    case "slug":
      return [`${slugify(name)}-${serial}`];
    case "json":
      return [{}];
    case "object":
      return isFields(fields) ? [exampleValues(fields, serial)] : [];
    case "list":
      return [items(itemOf(field), name, serial, min ?? 0)];
    default:
      return [];
  }
}

function texts(name: string, serial: number, min: number, max: number | undefined): string[] {
  const number = String(serial);
  const filler = "x".repeat(Math.max(0, min - number.length));
  const cut = max === undefined ? number : number.slice(-max);
  return [`${name} ${number}`, `${name} ${filler}${number}`, `${filler}${number}`, cut];
}

/** The number itself where it fits; else as far from the least as it says, or from the most. */
function numbers(serial: number, min: number, max: number, fractions: boolean): number[] {
  const [low, high] = fractions ? [min, max] : [Math.ceil(min), Math.floor(max)];
  const span = high - low + 1;
  const within = Number.isFinite(span) && span >= 1 ? [low + ((serial - 1) % Math.floor(span))] : [];
  return [serial, ...within, low + serial, high - serial, low + (high - low) / (serial + 1), low];
}

function items(item: Field | undefined, name: string, serial: number, count: number): unknown[] | undefined {
  if (item === undefined) return undefined;
  const made = Array.from({ length: count }, (_, index) => exampleValue(item, name, serial + index));
  return made.includes(undefined) ? undefined : made;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.values(value).every(isField);
}
