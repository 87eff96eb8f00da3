import type { Field } from "../../schema/field.ts";
import type { Storage } from "../../schema/field-type.ts";
import type { CollectionModel } from "../../schema/model.ts";
import type { SqlValue } from "./sqlite-connection.ts";

/** A value as it is stored. */
export function encodeValue(value: unknown, storage: Storage): SqlValue {
  if (value === null || value === undefined) return null;
  if (storage === "json") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  return value as SqlValue;
}

/** A stored value as the application sees it. */
export function decodeValue(value: SqlValue | undefined, storage: Storage): unknown {
  if (value === null || value === undefined) return null;
  if (storage === "boolean") return value === 1;
  return storage === "json" ? (JSON.parse(String(value)) as unknown) : value;
}

/** How a field is stored. */
export function storageOf(collection: CollectionModel, field: string): Storage {
  const found: Field | undefined = collection.fields.get(field);
  if (found === undefined) throw new Error(`The collection "${collection.name}" has no field "${field}".`);
  return found.type.storage;
}
