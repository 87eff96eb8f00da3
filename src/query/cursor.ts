import { isSaneText } from "../kit/text.ts";
import type { CollectionModel } from "../schema/model.ts";
import { badCursor } from "./query-report.ts";
import { relevance, type Row, type SortTerm } from "./sort.ts";

/** Where a page ended: the sort key of its last record, one value for each term. */
export type Position = readonly (string | number | boolean | null)[];

/** The cursor for the page after a record. */
export function encodeCursor(order: readonly SortTerm[], last: Row): string {
  return Buffer.from(JSON.stringify([spell(order), ...order.map(({ field }) => last[field] ?? null)])).toString(
    "base64url",
  );
}

/**
 * The position that a cursor holds.
 * @throws GalleyError `malformed` when it is no cursor, or one of another order
 */
export function decodeCursor(cursor: string, order: readonly SortTerm[], collection: CollectionModel): Position {
  const [spelled, ...values] = readArray(cursor);
  if (spelled !== spell(order) || values.length !== order.length) throw badCursor();
  return order.map((term, index) => readValue(values[index], term, collection));
}

function readValue(value: unknown, { field }: SortTerm, collection: CollectionModel): Position[number] {
  if (field === relevance) {
    if (typeof value !== "number") throw badCursor();
    return value;
  }
  // Only the id, the last of every key, is never missing.
  if (value === null && field !== "id") return null;
  const type = collection.fields.get(field)?.type;
  // A stored word may be one that is no choice any more.
  const checked = type?.name === "choice" ? anyWord(value) : type?.operand(value);
  if (typeof checked !== "string" && typeof checked !== "number" && typeof checked !== "boolean") throw badCursor();
  return checked;
}

function anyWord(value: unknown): string | undefined {
  return typeof value === "string" && isSaneText(value) ? value : undefined;
}

function readArray(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Answered below, like every other text that is no cursor.
  }
  throw badCursor();
}

function spell(order: readonly SortTerm[]): string {
  return order.map(({ field, descending }) => (descending ? `-${field}` : field)).join(",");
}
