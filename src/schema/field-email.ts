import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes } from "./option-mistakes.ts";

// The form that browsers accept for <input type=email> (WHATWG), a domain without a dot included.
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const pattern = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${label}(?:\\.${label})*$`);

/**
 * An e-mail address, kept in lower case so that one person has one spelling.
 *
 * @example
 * contact: email().unique()
 */
export function email(none?: never): Field<string, "required", "shown"> {
  return formatted({
    name: "email",
    normalize: (text) => (text.length <= 254 && pattern.test(text) ? text.toLowerCase() : undefined),
    description: "an e-mail address such as ada@example.com",
    schema: { type: "string", format: "email", maxLength: 254 },
    mistakes: () => builderMistakes("email", none, []),
  });
}
