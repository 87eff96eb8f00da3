import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes } from "./option-mistakes.ts";

const pattern = /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * A point in time, RFC 3339 with any offset; kept and answered in UTC with milliseconds: `2026-03-01T09:30:00.000Z`.
 *
 * @example
 * placedAt: timestamp().default(({ now }) => now)
 */
export function timestamp(none?: never): Field<string, "required", "shown"> {
  return formatted({
    name: "timestamp",
    normalize: normalizeTimestamp,
    description: "an RFC 3339 time such as 2026-03-01T09:30:00Z",
    schema: { type: "string", format: "date-time" },
    mistakes: () => builderMistakes("timestamp", none, []),
  });
}

/** The normal form of an RFC 3339 time, or undefined where the text is none. */
export function normalizeTimestamp(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null || !isDate(match[1] ?? "")) return undefined;
  const parsed = Date.parse(text.toUpperCase());
  if (Number.isNaN(parsed)) return undefined;
  const normal = new Date(parsed).toISOString();
  // In UTC it may be in another year; those outside 0001 to 9999 would not sort as text.
  return normal.length === 24 && !normal.startsWith("0000") ? normal : undefined;
}

/** Whether the text names a day that the calendar has: `2026-02-30` is none. */
export function isDate(text: string): boolean {
  // The year 0 is one of ISO 8601 and of none of the calendars that databases keep.
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith("0000")) return false;
  const parsed = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text);
}
