import { GalleyError } from "./galley-error.ts";
import { findJsonMistake } from "./json-mistake.ts";

const defaultDepth = 32;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads JSON (RFC 8259) that somebody else wrote: strict UTF-8, a byte order mark is tolerated, and nesting is counted
 * before anything is built. A key `__proto__` becomes an own property, which validators then refuse like any unknown key.
 *
 * @param options.depth how many arrays and objects may stand within each other; 32 unless told otherwise
 * @throws GalleyError `malformed`, naming the place
 */
export function parseJson(bytes: Uint8Array, options: { readonly depth?: number | undefined } = {}): unknown {
  const depth = options.depth ?? defaultDepth;
  const tooDeep = findTooDeep(bytes, depth);
  if (tooDeep !== -1) {
    throw new GalleyError(
      "malformed",
      `The JSON must not be nested more than ${depth} deep, and is at byte ${tooDeep}.`,
    );
  }
  const text = decode(bytes);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new GalleyError("malformed", describeMistake(text), { cause });
  }
}

/** Index of the bracket that goes deeper than `depth`; -1 when none does. In UTF-8 no other character holds these bytes. */
function findTooDeep(bytes: Uint8Array, depth: number): number {
  if (bytes.length <= depth) return -1;
  let open = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === backslash) index++;
      else if (byte === quote) inString = false;
      continue;
    }
    if (byte === quote) inString = true;
    // "[" is 0x5b and "{" 0x7b, "]" 0x5d and "}" 0x7d: one bit apart.
    else if (byte === 0x5b || byte === 0x7b) {
      if (++open > depth) return index;
    } else if (byte === 0x5d || byte === 0x7d) open--;
  }
  return -1;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GalleyError("malformed", `The JSON must be UTF-8, and is not at byte ${findBadByte(bytes)}.`, { cause });
  }
}

/** Index of the first byte that is not UTF-8: the first replacement character that the sender didn't write. */
function findBadByte(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let read = 0;
  for (let at = text.indexOf("\ufffd"); at !== -1; at = text.indexOf("\ufffd", read)) {
    offset += Buffer.byteLength(text.slice(read, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset;
    offset += 3;
    read = at + 1;
  }
  return offset;
}

function describeMistake(text: string): string {
  if (text.trim() === "") return "The JSON is empty: expected a value.";
  const mistake = findJsonMistake(text);
  if (mistake === undefined) return "The text is not JSON.";
  const { position, expected } = mistake;
  if (position === text.length) return `The JSON ends too soon, after ${position} characters: expected ${expected}.`;
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  const column = position - before.lastIndexOf("\n");
  return `The JSON has a mistake in line ${line}, column ${column} (position ${position}): expected ${expected}.`;
}
