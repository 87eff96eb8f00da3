import { Field, isField, type Presence, type Visibility } from "./field.ts";

/**
 * A value made from the other fields of its record whenever it is answered. It is not stored, so no query can name it
 * and it is never out of date. The parameter's type says which fields it needs.
 *
 * @param result the field that the value is one of
 * @param compute makes the value from the stored record
 * @example
 * stock: integer(),
 * inStock: computed(boolean(), (film: { stock: number }) => film.stock > 0)
 */
export function computed<T, P extends Presence, V extends Visibility, R>(
  result: Field<T, P, V>,
  compute: (record: R) => P extends "optional" ? T | null : T,
): Field<P extends "optional" ? T | null : T, "computed", "shown"> {
  type Value = P extends "optional" ? T | null : T;
  const field = new Field<Value, "computed", "shown">({
    name: "computed",
    family: "none",
    storage: "none",
    options: { item: result, compute: compute },
    validate: (value) => value as Value,
    operand: () => undefined,
    fromText: () => undefined,
    jsonSchema: () => ({ ...result.jsonSchema(), readOnly: true }),
    mistakes: () =>
      isField(result) && typeof compute === "function"
        ? result.type.mistakes()
        : [
            "has computed() without a field and a function that makes its value, as in computed(boolean(), (film) => film.stock > 0)",
          ],
  });
  return new Field<Value, "computed", "shown">(field.type, { ...field.modifiers, presence: "computed" });
}
