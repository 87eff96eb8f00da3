import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codePointCompare, isSaneText, nextPrefix } from "./text.ts";

/** Texts from the places where UTF-16 order and code point order part. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "b", "\u007f", "\u0080", "\u07ff", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 6,
});

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe("codePointCompare", () => {
  it("orders as the bytes of UTF-8 do", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(codePointCompare(a, b))).toBe(byBytes(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it("puts an emoji after U+FFFF, unlike the order of UTF-16", () => {
    expect(codePointCompare("\u{1f600}", "\uffff")).toBeGreaterThan(0);
    expect(["\uffff", "\u{1f600}"].toSorted()).toEqual(["\u{1f600}", "\uffff"]);
  });

  it("puts a text after its own prefix", () => {
    expect(codePointCompare("ab", "a")).toBeGreaterThan(0);
    expect(codePointCompare("", "")).toBe(0);
  });
});

describe("isSaneText", () => {
  it("refuses lone surrogates and NUL, and nothing else", () => {
    expect(isSaneText("Zoë \u{1f600} \uffff")).toBe(true);
    expect(isSaneText("a\ud800")).toBe(false);
    expect(isSaneText("\udc00a")).toBe(false);
    expect(isSaneText("a\0b")).toBe(false);
  });
});

describe("nextPrefix", () => {
  it("splits texts into those with the prefix and those at or above it", () => {
    fc.assert(
      fc.property(text, text, text, (prefix, suffix, other) => {
        const next = nextPrefix(prefix);
        if (next === undefined) {
          expect(prefix).toMatch(/^\u{10ffff}*$/u);
          return;
        }
        expect(next.isWellFormed()).toBe(true);
        expect(byBytes(prefix + suffix, next)).toBe(-1);
        const inRange = byBytes(other, prefix) >= 0 && byBytes(other, next) < 0;
        expect(inRange).toBe(other.startsWith(prefix));
      }),
      { numRuns: 5000 },
    );
  });

  it("steps over the surrogates and drops what can't be raised", () => {
    expect(nextPrefix("a\ud7ff")).toBe("a\ue000");
    expect(nextPrefix("a\u{10ffff}")).toBe("b");
    expect(nextPrefix("\u{10ffff}")).toBeUndefined();
    expect(nextPrefix("")).toBeUndefined();
  });
});
