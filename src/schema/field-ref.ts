import { isSaneText } from "../kit/text.ts";
import { Field } from "./field.ts";
import { jsonTypeOf, violate } from "./field-type.ts";
import { builderMistakes, optionsOf, inWords } from "./option-mistakes.ts";
import { lengthOf } from "./text-checks.ts";

/** Most characters of an id. */
export const longestId = 200;

/** How a reference behaves. */
export interface RefOptions<I extends string | undefined = string | undefined> {
  /**
   * What happens here when the record there is deleted: it is refused (`restrict`), this record goes too (`cascade`), or
   * the field becomes null (`clear`).
   * @defaultValue `restrict`
   */
  readonly onDelete?: "restrict" | "cascade" | "clear";
  /**
   * What the target calls the records that refer to it. Two refs to one target need it.
   * @defaultValue the name of this collection
   */
  readonly inverse?: I;
}

/**
 * The id of a record of another collection. `include=` puts the record in its place.
 *
 * @param target the name of the collection
 * @example
 * customer: ref("users", { onDelete: "cascade" })
 */
export function ref<const N extends string, const I extends string | undefined = undefined>(
  target: N,
  options: RefOptions<I> = {},
): Field<string, "required", "shown", { readonly target: N; readonly inverse: I }> {
  const { onDelete = "restrict", inverse } = optionsOf(options);
  return new Field<string, "required", "shown", { readonly target: N; readonly inverse: I }>({
    name: "ref",
    family: "text",
    storage: "text",
    options: { target: isName(target) ? target : undefined, onDelete, inverse },
    validate(value, path, violations) {
      if (typeof value !== "string" || value === "" || lengthOf(value) > longestId || !isSaneText(value)) {
        const is = typeof value === "string" ? "no id" : jsonTypeOf(value);
        return violate(violations, path, "wrong_type", `must be the id of a record of ${target}, and is ${is}`);
      }
      return value;
    },
    operand: (value) => (typeof value === "string" && isSaneText(value) ? value : undefined),
    fromText: (spelled) => spelled,
    jsonSchema: () => ({
      type: "string",
      minLength: 1,
      maxLength: longestId,
      description: `Id of a record of ${target}`,
    }),
    mistakes: () => [
      ...(isName(target)
        ? []
        : [`has ref(${inWords(target)}), and ref() takes the name of a collection, as in ref("users")`]),
      ...builderMistakes("ref", options, ["onDelete", "inverse"]),
      ...(["restrict", "cascade", "clear"].includes(onDelete)
        ? []
        : [`has onDelete: ${inWords(onDelete)}; it knows restrict, cascade and clear`]),
    ],
  });
}

function isName(target: unknown): target is string {
  return typeof target === "string";
}
