import { isIncrement, isPlainObject } from "../schema/validator.ts";
import type { Violation } from "../kit/error-codes.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel } from "../schema/model.ts";

/** Applies a JSON Merge Patch (RFC 7396) to a JSON value. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch;
  const merged: Record<string, unknown> = isPlainObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__") continue;
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/**
 * The values that a patch leaves in the patched fields, checked against the schema: increments added, nested values merged.
 * What is wrong with a result is added to the violations.
 */
export function patchedValues(
  collection: CollectionModel,
  row: Row,
  patch: Row,
  violations: Violation[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, sent] of Object.entries(patch)) {
    const field = collection.fields.get(name);
    if (field === undefined || sent === undefined) continue;
    const before = row[name] ?? null;
    const { family } = field.type;
    let value: unknown = sent;
    if (family === "number" && isIncrement(sent)) value = Number(before ?? 0) + sent.increment;
    else if ((family === "json" || family === "object") && isPlainObject(sent)) {
      // Only an object has members that null could remove; a json field may hold null inside arrays.
      value = mergePatch(before, sent);
    }
    values[name] = field.validate(value, `/${name}`, violations);
  }
  return values;
}
