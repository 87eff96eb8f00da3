import { Field } from "./field.ts";
import { jsonTypeOf, violate } from "./field-type.ts";
import { builderMistakes } from "./option-mistakes.ts";

/**
 * True or false.
 *
 * @example
 * published: boolean().default(false)
 */
export function boolean(none?: never): Field<boolean, "required", "shown"> {
  return new Field<boolean, "required", "shown">({
    name: "boolean",
    family: "boolean",
    storage: "boolean",
    options: {},
    validate: (value, path, violations) =>
      typeof value === "boolean"
        ? value
        : violate(violations, path, "wrong_type", `must be true or false, and is ${jsonTypeOf(value)}`),
    operand: (value) => (typeof value === "boolean" ? value : undefined),
    fromText: (spelled) => (spelled === "true" ? true : spelled === "false" ? false : undefined),
    jsonSchema: () => ({ type: "boolean" }),
    mistakes: () => builderMistakes("boolean", none, []),
  });
}
