import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes } from "./option-mistakes.ts";
import { isDate } from "./field-timestamp.ts";

/**
 * A day of the calendar without a time: `2026-03-01` (RFC 3339 full-date).
 *
 * @example
 * released: date().optional()
 */
export function date(none?: never): Field<string, "required", "shown"> {
  return formatted({
    name: "date",
    normalize: (text) => (isDate(text) ? text : undefined),
    description: "a date such as 2026-03-01",
    schema: { type: "string", format: "date" },
    mistakes: () => builderMistakes("date", none, []),
  });
}
