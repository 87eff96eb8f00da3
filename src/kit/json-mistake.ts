/** Where a text stops being JSON, and what would have been right there. */
export interface JsonMistake {
  /** Index of the first character that can't stand where it stands. */
  readonly position: number;
  /** Reads on from "expected": `a value`. */
  readonly expected: string;
}

const space = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds the first mistake in a text that `JSON.parse` refused. The engine's own messages name a position only
 * sometimes, differ between versions, and repeat the input.
 *
 * @returns `undefined` when the text is JSON (RFC 8259)
 */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const closers: string[] = [];
  let position = 0;
  let state: "value" | "first" | "key" | "after" = "value";

  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = position;
    if (!pattern.test(text)) return false;
    position = pattern.lastIndex;
    return true;
  };
  const is = (character: string): boolean => {
    if (text[position] !== character) return false;
    position++;
    return true;
  };

  /** Reads on to the closing quote; a mistake within the string is what stands at `position` when it isn't there. */
  const takeString = (): JsonMistake | undefined => {
    for (position++; position < text.length && text.charCodeAt(position) >= 0x20;) {
      if (is('"')) return undefined;
      if (text[position] !== "\\") position++;
      else if (!take(escape)) return { position, expected: "a JSON escape sequence" };
    }
    return { position, expected: position === text.length ? "a closing quote" : "no control character in a string" };
  };

  for (;;) {
    take(space);
    const closer = closers.at(-1);
    if (state === "after") {
      if (closer === undefined) {
        return position === text.length ? undefined : { position, expected: "the end of the text" };
      }
      if (is(closer)) closers.pop();
      else if (is(",")) state = closer === "}" ? "key" : "value";
      else return { position, expected: `a comma or ${closer}` };
      continue;
    }
    if (state === "first" && closer !== undefined && is(closer)) {
      closers.pop();
      state = "after";
      continue;
    }
    if (state === "key" || (state === "first" && closer === "}")) {
      if (text[position] !== '"')
        return { position, expected: state === "key" ? "a key in quotes" : "a key in quotes or }" };
      const mistake = takeString();
      if (mistake !== undefined) return mistake;
      take(space);
      if (!is(":")) return { position, expected: "a colon" };
      state = "value";
      continue;
    }
    if (is("{")) {
      closers.push("}");
      state = "first";
    } else if (is("[")) {
      closers.push("]");
      state = "first";
    } else if (text[position] === '"') {
      const mistake = takeString();
      if (mistake !== undefined) return mistake;
      state = "after";
    } else if (take(scalar)) {
      state = "after";
    } else {
      return { position, expected: state === "first" ? "a value or ]" : "a value" };
    }
  }
}
