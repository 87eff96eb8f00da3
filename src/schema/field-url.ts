import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes } from "./option-mistakes.ts";

const longest = 2048;

/**
 * An absolute http or https URL (WHATWG), at most 2,048 characters, kept in its normal form.
 *
 * @example
 * homepage: url().optional()
 */
export function url(none?: never): Field<string, "required", "shown"> {
  return formatted({
    name: "url",
    normalize(text) {
      const parsed = text.length <= longest ? URL.parse(text) : null;
      if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:")) return undefined;
      // Percent-encoding makes it longer, and what is answered must be good enough to be sent back.
      return parsed.href.length <= longest ? parsed.href : undefined;
    },
    description: "an http or https URL of at most 2,048 characters",
    schema: { type: "string", format: "uri", maxLength: longest },
    mistakes: () => builderMistakes("url", none, []),
  });
}
