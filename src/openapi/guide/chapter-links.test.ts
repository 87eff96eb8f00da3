import { expect, test } from "vitest";
import { resolveLink } from "./chapter-links.ts";
import type { Chapter } from "./read-guide.ts";

const chapter = (file: string, path: string, text = ""): Chapter => ({ file, path, title: path, part: "", text });
const index = chapter("README.md", "");
const rules = chapter(
  "rules.md",
  "rules",
  "# Rules\n\nA [rule](x.md) is `a function`: of who\nasks. More.\n\n## Next\n\n",
);
const fields = chapter("reference/fields.md", "reference/fields", "# Fields\n\n| a |\n|---|\n\n");
const chapters = [index, rules, fields];

test.each([
  ["reference/fields.md", rules, "../../docs/guide/reference/fields"],
  ["../rules.md#owners", fields, "../../../docs/guide/rules#owners"],
  ["README.md", rules, "../../docs/guide"],
  ["#owners", rules, "#owners"],
  ["/docs/errors#conflict", fields, "../../../../docs/errors#conflict"],
  ["https://example.com/", rules, "https://example.com/"],
])("%s leads to its place", (href, from, expected) => {
  expect(resolveLink(href, from, chapters)?.href).toBe(expected);
});

test.each([
  "../README.md",
  "../src/execute.ts",
  "nothing.md",
  "reference/nothing.md",
  "javascript:alert(1)",
  "data:text/html,x",
])("%s leads nowhere", (href) => {
  expect(resolveLink(href, rules, chapters)).toBeUndefined();
});

test("the index says how each chapter begins, where it begins with a sentence", () => {
  expect(resolveLink("rules.md", index, chapters)?.note).toBe("A rule is a function.");
  expect(resolveLink("reference/fields.md", index, chapters)?.note).toBe("");
});
