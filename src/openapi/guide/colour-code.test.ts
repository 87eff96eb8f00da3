import fc from "fast-check";
import { expect, test } from "vitest";
import { colourCode } from "./colour-code.ts";

/** The text that a browser shows, and would copy. */
function shown(html: string): string {
  return html.replace(/<[^>]*>/g, "").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

const pieces = fc.constantFrom(
  '"',
  "'",
  "`",
  "//",
  "/*",
  "*/",
  "#",
  "--",
  "\\",
  "\n",
  " ",
  ":",
  "<b>",
  "&",
  "12",
  "const",
  "null",
);
const code = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }).map((parts) => parts.join(""));

test.each(["ts", "json", "sh", "sql", "http", ""])(
  "colours change nothing of a text in %j, and let no markup through",
  (language) => {
    fc.assert(
      fc.property(code, (text) => {
        const html = colourCode(text, language);
        expect(shown(html)).toBe(text);
        expect(html.replace(/<span class="code-(?:key|string|literal|word|comment)">|<\/span>/g, "")).not.toMatch(
          /[<>]/,
        );
      }),
    );
  },
);

test.each([
  ["ts", "const a = db.from; // it's", { word: ["const"], comment: ["// it's"] }],
  ["ts", 'import { x } from "galley";', { word: ["import", "from"], string: ['"galley"'] }],
  ["ts", "{ in: 1, of: null, a2: `x ${1}` }", { literal: ["1", "null"], string: ["`x ${1}`"] }],
  ["json", '{ "a": "b", "c": -1.5 }', { key: ['"a"', '"c"'], string: ['"b"'], literal: ["-1.5"] }],
  ["sh", "npm install # it's once\ncurl -d '{}' http://x/#y", { comment: ["# it's once"], string: ["'{}'"] }],
  ["sql", "ALTER TABLE a -- why", { word: ["ALTER", "TABLE"], comment: ["-- why"] }],
])("in %s, %s is told apart", (language, text, expected) => {
  const found: Record<string, string[]> = {};
  for (const [, kind = "", part = ""] of colourCode(text, language).matchAll(
    /<span class="code-(\w+)">(.*?)<\/span>/g,
  )) {
    (found[kind] ??= []).push(shown(part));
  }
  expect(found).toEqual(expected);
});
