import { stableStringify } from "../kit/stable-stringify.ts";

/** Whether two stored values are equal, in whatever order their keys stand. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  return stableStringify(left) === stableStringify(right);
}
