import type { Known } from "./call-options.ts";

/** The entity tag of a record as it was read, quotes included: the server makes it of the same two fields. */
export function entityTag(known: Known): string {
  return typeof known === "string" ? known : `"${known.version}-${Date.parse(known.createdAt).toString(36)}"`;
}
