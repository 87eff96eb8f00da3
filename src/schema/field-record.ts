import type { Collection } from "./collection.ts";
import { Field } from "./field.ts";
import type { RecordOf } from "./infer.ts";
import { inWords } from "./option-mistakes.ts";
import { isPlainObject } from "./validator.ts";

/**
 * A record of a collection in the output of an action, answered as the collection itself would answer it to the caller:
 * hidden and unreadable fields dropped, computed ones added. Only outputs have it.
 *
 * @param collection the collection itself, not its name
 * @example
 * const orders = collection("orders", { fields: { total: money() } });
 * const place = action("place", {
 *   output: { order: record(orders) },
 *   run: async ({ db }) => ({ order: await db.unrestricted(orders).create({ total: 900 }) }),
 * });
 */
export function record<C extends Collection>(
  collection: C,
): Field<RecordOf<C>, "required", "shown", { readonly collection: C }> {
  return new Field<RecordOf<C>, "required", "shown", { readonly collection: C }>({
    name: "record",
    family: "none",
    storage: "none",
    options: { collection: isDeclared(collection) ? collection : undefined },
    validate: (value) => value as RecordOf<C>,
    operand: () => undefined,
    fromText: () => undefined,
    jsonSchema: () => ({ $ref: `#/components/schemas/${collection.name}` }),
    mistakes: () =>
      isDeclared(collection)
        ? []
        : [`has record(${inWords(collection)}), and record() takes a collection itself, not its name`],
  });
}

function isDeclared(collection: unknown): collection is Collection {
  return isPlainObject(collection) && collection["declares"] === "collection";
}
