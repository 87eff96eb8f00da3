import { codePointCompare } from "../kit/text.ts";

/** One key of an order. */
export interface SortTerm {
  /** A field's name, or {@link relevance}. */
  readonly field: string;
  readonly descending: boolean;
}

/** Stands for how well a record matches the search; best first. */
export const relevance = "%relevance";

/** A record as engines and memory hold it. */
export type Row = { readonly [field: string]: unknown };

/**
 * Compares two stored values in ascending order, as every engine does: missing values first, text by code points, false
 * before true.
 */
export function compareValues(left: unknown, right: unknown): number {
  const leftMissing = left === null || left === undefined;
  const rightMissing = right === null || right === undefined;
  if (leftMissing || rightMissing) return Number(rightMissing) - Number(leftMissing);
  if (typeof left === "string" && typeof right === "string") return codePointCompare(left, right);
  return Number(left) - Number(right);
}

/** Compares two records by an order. */
export function compareRows(left: Row, right: Row, order: readonly SortTerm[]): number {
  for (const { field, descending } of order) {
    const difference = compareValues(left[field], right[field]);
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}
