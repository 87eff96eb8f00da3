import { Field } from "./field.ts";
import { violate } from "./field-type.ts";
import { uuid } from "./field-uuid.ts";

/** Ids that would make a record which no path leads to: clients resolve the dots, and the words are routes of the collection. */
const unreachable: readonly unknown[] = [".", "..", "search", "aggregate"];

/** The field that a collection's ids are of: a UUIDv7 that is generated, or what the collection lets clients choose. */
export function recordId(declared: Field | undefined): Field {
  if (declared === undefined) return uuid();
  const { type, modifiers } = declared;
  return new Field(
    {
      ...type,
      validate: (value, path, violations) =>
        unreachable.includes(value)
          ? violate(violations, path, "reserved", `can't be ${JSON.stringify(value)}, which no path leads to`)
          : type.validate(value, path, violations),
      jsonSchema: () => ({ ...type.jsonSchema(), not: { enum: unreachable } }),
    },
    modifiers,
  );
}
