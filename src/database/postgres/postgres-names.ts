import { sha256 } from "../../kit/token.ts";

/** A name of at most 63 bytes that tells what it is for, and by a hash what exactly it is. */
export function shortName(name: string, definition: string): string {
  return `${name.slice(0, 52)}_${sha256(definition).slice(0, 10)}`;
}

/** Whether a name is one of these, of something that belongs to a table. */
export function isShortName(name: string, table: string): boolean {
  return /_[0-9a-f]{10}$/.test(name) && name.startsWith(`${table}_`.slice(0, 52));
}
