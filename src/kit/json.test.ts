import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GalleyError } from "./galley-error.ts";
import { parseJson } from "./json.ts";
import { findJsonMistake } from "./json-mistake.ts";

const parse = (text: string, depth?: number): unknown => parseJson(Buffer.from(text), { depth });

function mistakeIn(bytes: string | Uint8Array, depth?: number): string {
  try {
    parseJson(typeof bytes === "string" ? Buffer.from(bytes) : bytes, { depth });
  } catch (error) {
    if (error instanceof GalleyError && error.code === "malformed") return error.message;
    throw error;
  }
  throw new Error("It was read.");
}

describe("parseJson", () => {
  it("reads what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(parse(JSON.stringify(value, undefined, 1))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("tolerates a byte order mark", () => {
    expect(parse("\ufeff[1]")).toEqual([1]);
  });

  it("refuses nesting beyond the limit, and counts no brackets in strings", () => {
    expect(parse("[".repeat(32) + "]".repeat(32))).toBeDefined();
    expect(mistakeIn("[".repeat(33) + "]".repeat(33))).toContain("nested more than 32 deep, and is at byte 32");
    expect(mistakeIn('{"a":[{"b":1}]}', 2)).toContain("at byte 6");
    const text = '["[[[[\\"[[[[", "\\\\", [1], [2], [3]]';
    expect(parse(text, 2)).toEqual(JSON.parse(text));
    const wide = JSON.stringify(Array.from({ length: 1000 }, () => [{}]));
    expect(parse(wide, 3)).toHaveLength(1000);
  });

  it("refuses a million open brackets within milliseconds", () => {
    expect(mistakeIn(Buffer.alloc(1_000_000, "["))).toContain("nested");
    expect(mistakeIn(Buffer.alloc(1_000_000, '{"a":'))).toContain("nested");
  });

  it("refuses bytes that are not UTF-8, and says where", () => {
    expect(mistakeIn(Buffer.from([0x22, 0xff, 0x22]))).toContain("not at byte 1.");
    expect(mistakeIn(Buffer.from([0x22, 0xef, 0xbf, 0xbd, 0xc3, 0x22]))).toContain("not at byte 4.");
    expect(mistakeIn(Buffer.from([0xef, 0xbb, 0xbf, 0x22, 0xed, 0xa0, 0x80, 0x22]))).toContain("not at byte 4.");
    expect(mistakeIn(Buffer.from("[1]", "utf16le"))).toContain("position 1");
  });

  it("says where a text stops being JSON, and what would be right", () => {
    expect(mistakeIn("")).toBe("The JSON is empty: expected a value.");
    expect(mistakeIn(" \n")).toBe("The JSON is empty: expected a value.");
    expect(mistakeIn('{"a": 1,\n "b" 2}')).toBe(
      "The JSON has a mistake in line 2, column 6 (position 14): expected a colon.",
    );
    expect(mistakeIn('{"a": [1, 2')).toContain("ends too soon, after 11 characters: expected a comma or ]");
    expect(mistakeIn("{a:1}")).toContain("position 1): expected a key in quotes or }");
    expect(mistakeIn("[1,]")).toContain("position 3): expected a value");
    expect(mistakeIn("NaN")).toContain("position 0): expected a value");
    expect(mistakeIn("1 2")).toContain("position 2): expected the end of the text");
    expect(mistakeIn('"a\nb"')).toContain("position 2): expected no control character in a string");
    expect(mistakeIn('["\\x"]')).toContain("position 2): expected a JSON escape sequence");
    expect(mistakeIn(`"${"\\n".repeat(1_000_000)}`)).toContain("expected a closing quote");
  });

  it("keeps the key __proto__ as an own property that pollutes nothing", () => {
    const value = parse('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect("polluted" in (value as object)).toBe(false);
  });
});

describe("findJsonMistake", () => {
  it("agrees with JSON.parse on what is JSON", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      "1",
      "-",
      "0",
      ".5",
      "e1",
      "true",
      " ",
      "\\",
      '"',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join("")),
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), pieces).map(([json, at, piece]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + piece + json.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(text, (sample) => {
        let isJson = true;
        try {
          JSON.parse(sample);
        } catch {
          isJson = false;
        }
        expect(findJsonMistake(sample) === undefined).toBe(isJson);
      }),
      { numRuns: 5000 },
    );
  });
});
