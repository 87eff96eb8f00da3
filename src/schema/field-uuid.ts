import { isUuid } from "../kit/uuid.ts";
import type { Field } from "./field.ts";
import { formatted } from "./field-formatted.ts";
import { builderMistakes } from "./option-mistakes.ts";

/**
 * A UUID (RFC 9562), kept in lower case.
 *
 * @example
 * device: uuid()
 */
export function uuid(none?: never): Field<string, "required", "shown"> {
  return formatted({
    name: "uuid",
    normalize: (text) => (isUuid(text) ? text.toLowerCase() : undefined),
    description: "a UUID",
    schema: { type: "string", format: "uuid" },
    mistakes: () => builderMistakes("uuid", none, []),
  });
}
