const marks = /\p{M}+/gu;

/**
 * Orders texts by code points, as UTF-8 bytes and SQLite's `BINARY` collation do; for `Array.prototype.sort`.
 * JavaScript's `<` orders by UTF-16 units instead, which puts emoji (surrogates, U+D800 and up) before U+E000 to U+FFFF:
 * a page sorted in memory would then not be the page that the database sorts.
 */
export function codePointCompare(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA !== unitB) return codePointWeight(unitA) - codePointWeight(unitB);
  }
  return a.length - b.length;
}

/** Moves surrogates above the rest of the Basic Multilingual Plane, which is where the code points they spell belong. */
function codePointWeight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Whether every engine can store the text and give it back: well-formed Unicode (a lone surrogate has no UTF-8 form)
 * without NUL (PostgreSQL refuses it, C strings end at it).
 */
export function isSaneText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/**
 * The smallest text that is greater, by code points, than every text that starts with `prefix`; `undefined` when there
 * is none. Turns `startsWith` into the range `>= prefix and < nextPrefix(prefix)`, which an index can answer.
 *
 * @example
 * nextPrefix("ab"); // "ac"
 */
export function nextPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    const next = point === 0xd7ff ? 0xe000 : point + 1;
    return points.join("") + String.fromCodePoint(next);
  }
  return undefined;
}

/** A text in compatibility decomposition (NFKD) without its combining marks: "Ångström" becomes "Angstrom". */
export function withoutMarks(text: string): string {
  // Marks go first as well: to put thousands of them behind one letter in order takes time that grows with their square.
  return text.replace(marks, "").normalize("NFKD").replace(marks, "");
}
