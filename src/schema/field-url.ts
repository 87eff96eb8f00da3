import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";

/**
 * An absolute http or https URL (WHATWG), at most 2,048 characters, kept in its normal form.
 *
 * @example
 * homepage: url().optional()
 */
export function url(): Field<string, "required", "shown"> {
  return formatted({
    name: "url",
    normalize(text) {
      const parsed = text.length <= 2048 ? URL.parse(text) : null;
      return parsed && (parsed.protocol === "https:" || parsed.protocol === "http:") ? parsed.href : undefined;
    },
    description: "an http or https URL of at most 2,048 characters",
    schema: { type: "string", format: "uri", maxLength: 2048 },
  });
}
