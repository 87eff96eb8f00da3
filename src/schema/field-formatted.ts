import { Field } from "./field.ts";
import { type FieldOptions, type JsonSchema, violate } from "./field-type.ts";
import { checkText } from "./text-checks.ts";

/** What a text of a known format needs to say of itself. */
export interface Format {
  readonly name: string;
  /** The normal form of a text, or undefined where it is not of the format. */
  readonly normalize: (text: string) => string | undefined;
  /** How a valid text is described: `must be <description>`. */
  readonly description: string;
  readonly schema: JsonSchema;
  readonly options?: FieldOptions;
  /** What is wrong with the declaration. */
  readonly mistakes?: () => readonly string[];
}

/** A field whose values are text of one format: e-mail, URL, UUID, time, date, slug. */
export function formatted(format: Format): Field<string, "required", "shown"> {
  return new Field<string, "required", "shown">({
    name: format.name,
    family: "text",
    storage: "text",
    options: format.options ?? {},
    validate(value, path, violations) {
      const checked = checkText(value, path, violations);
      if (checked === undefined) return "";
      return format.normalize(checked) ?? violate(violations, path, "invalid_format", `must be ${format.description}`);
    },
    operand: (value) => (typeof value === "string" ? format.normalize(value) : undefined),
    fromText: (spelled) => format.normalize(spelled),
    jsonSchema: () => format.schema,
    mistakes: format.mistakes ?? (() => []),
  });
}
