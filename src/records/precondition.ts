import { GalleyError } from "../kit/galley-error.ts";
import type { Row } from "../query/sort.ts";

/**
 * The entity tag of a record: strong (RFC 9110), without its quotes. It changes with each change of the record; the time of
 * creation keeps a record that was deleted and made again under the same id apart from the first.
 */
export function entityTag(row: Row): string {
  return `${String(row["version"])}-${inBase36(Date.parse(String(row["createdAt"])))}`;
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A whole number as `toString(36)` writes it, which takes as long for it as for a fraction. */
function inBase36(number: number): string {
  if (!(number >= 0)) return number.toString(36);
  let text = "";
  let rest = number;
  do {
    const above = Math.floor(rest / 36);
    text = (digits[rest - 36 * above] ?? "") + text;
    rest = above;
  } while (rest > 0);
  return text;
}

/**
 * Compares a record with the entity tags that the caller has seen.
 * @param ifMatch tags without quotes; `*` is any record
 * @throws GalleyError `precondition_failed` when the record has moved on
 */
export function checkPrecondition(ifMatch: readonly string[] | undefined, row: Row): void {
  if (ifMatch === undefined || ifMatch.includes("*") || ifMatch.some((tag) => recordPart(tag) === entityTag(row)))
    return;
  throw new GalleyError(
    "precondition_failed",
    // Not its version: who may change a record need not be able to read it.
    "The record has changed since it was read. Read it again.",
  );
}

/** What of a tag is the record's own: what follows a dot tells who sees which of its fields. */
function recordPart(tag: string): string {
  return tag.split(".", 1)[0] ?? tag;
}
