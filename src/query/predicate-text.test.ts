import { expect, test } from "vitest";
import type { Predicate } from "./predicate.ts";
import { predicateText } from "./predicate-text.ts";

const eq = (field: string, operand: string | number | boolean): Predicate => ({
  kind: "compare",
  field,
  path: [],
  comparison: "eq",
  operand,
});
const related = (relation: string, where: Predicate): Predicate => ({ kind: "related", relation, where });

test.each<[string, Predicate]>([
  ["always", { kind: "always" }],
  ["never", { kind: "never" }],
  ['title = "M"', eq("title", "M")],
  ["stock <= 3", { kind: "compare", field: "stock", path: [], comparison: "lte", operand: 3 }],
  [
    'meta.a.b starts with "x"',
    { kind: "compare", field: "meta", path: ["a", "b"], comparison: "startsWith", operand: "x" },
  ],
  ['genre in ("Drama", "Comedy")', { kind: "in", field: "genre", path: [], operands: ["Drama", "Comedy"] }],
  ["team is missing", { kind: "missing", field: "team", path: [] }],
  ["not (public = true)", { kind: "not", of: eq("public", true) }],
  ['search "two words"', { kind: "search", words: ["two", "words"] }],
  [
    'public = true or (team = "a" and not (draft = true or secret = true))',
    {
      kind: "or",
      of: [
        eq("public", true),
        {
          kind: "and",
          of: [eq("team", "a"), { kind: "not", of: { kind: "or", of: [eq("draft", true), eq("secret", true)] } }],
        },
      ],
    },
  ],
  ['order.customer.name = "Ada"', related("order", related("customer", eq("name", "Ada")))],
  ["order.customer is missing", related("order", { kind: "missing", field: "customer", path: [] })],
  ["members is there", related("members", { kind: "always" })],
  [
    'project.members with (user = "a" and level in (1, 2))',
    related(
      "project",
      related("members", {
        kind: "and",
        of: [eq("user", "a"), { kind: "in", field: "level", path: [], operands: [1, 2] }],
      }),
    ),
  ],
  ["members with (not (left = true))", related("members", { kind: "not", of: eq("left", true) })],
  ['film with search "opera"', related("film", { kind: "search", words: ["opera"] })],
])("is spelled %s", (text, predicate) => {
  expect(predicateText(predicate)).toBe(text);
});

test("values may be spelled otherwise", () => {
  expect(
    predicateText({ kind: "compare", field: "id", path: [], comparison: "eq", operand: "0192" }, () => "user.id"),
  ).toBe("id = user.id");
});
