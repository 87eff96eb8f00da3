import { invalid } from "../kit/galley-error.ts";
import type { Row } from "../query/sort.ts";
import { slugify } from "../schema/field-slug.ts";
import { type CollectionModel, systemFields } from "../schema/model.ts";
import type { WriteContext } from "./record-context.ts";
import { sameValue } from "./same-value.ts";

/** Every stored field of the collection's own but those to skip: what was given, then defaults, then null. */
export function withDefaults(
  collection: CollectionModel,
  given: Row,
  context: WriteContext,
  skip: (name: string) => boolean = () => false,
): Record<string, unknown> {
  const complete: Record<string, unknown> = {};
  for (const name of collection.stored) {
    const field = collection.fields.get(name);
    if (field === undefined || name === "id" || Object.hasOwn(systemFields, name) || skip(name)) continue;
    const fallback = field.modifiers.default;
    let value = given[name];
    if (value === undefined && typeof fallback === "function")
      value = fallback({ now: context.now, user: context.principal.user });
    else if (value === undefined && fallback !== undefined) value = fallback;
    if (value === undefined && field.type.options.from !== undefined)
      value = slugify(textOf(given[field.type.options.from]));
    complete[name] = checkedDefault(name, value ?? null, field.modifiers.presence);
  }
  return complete;
}

function checkedDefault(name: string, value: unknown, presence: string): unknown {
  if (value !== null || presence === "optional") return value;
  throw invalid("invalid_input", [{ path: `/${name}`, code: "required", message: "is required" }]);
}

export function isDefault(collection: CollectionModel, name: string, value: unknown): boolean {
  return sameValue(collection.fields.get(name)?.modifiers.default, value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
