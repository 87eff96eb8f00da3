import { describe, expect, test } from "vitest";
import { GalleyError } from "../kit/galley-error.ts";
import { collection, internalCollection } from "../schema/collection.ts";
import { boolean } from "../schema/field-boolean.ts";
import { choice } from "../schema/field-choice.ts";
import { computed } from "../schema/field-computed.ts";
import { email } from "../schema/field-email.ts";
import { json } from "../schema/field-json.ts";
import { list } from "../schema/field-list.ts";
import { integer } from "../schema/field-number.ts";
import { object } from "../schema/field-object.ts";
import { ref } from "../schema/field-ref.ts";
import { secret, text } from "../schema/field-text.ts";
import { timestamp } from "../schema/field-timestamp.ts";
import { createModel } from "../schema/model.ts";
import { always, never, type Predicate } from "./predicate.ts";
import { createQueryReport } from "./query-report.ts";
import { type Scope, unrestrictedScope } from "./scope.ts";
import { parseWhere } from "./where-parser.ts";

const model = createModel([
  collection("people", {
    fields: { name: text(), email: email(), salary: integer(), pin: text().hidden(), boss: ref("people").optional() },
  }),
  collection("films", {
    fields: {
      title: text({ min: 3 }),
      stock: integer({ min: 0 }),
      open: boolean(),
      status: choice(["draft", "shown"]),
      shownAt: timestamp().optional(),
      tags: list(text()),
      meta: json().optional(),
      size: object({ width: integer(), unit: text().optional(), parts: list(integer()) }),
      director: ref("people", { inverse: "directed" }),
      editor: ref("people", { inverse: "edited" }).hidden().optional(),
      supplier: text().hidden(),
      key: secret().optional(),
      inStock: computed(boolean(), () => true),
    },
  }),
  internalCollection("_sessions", { fields: { user: ref("people", { inverse: "sessions" }) } }),
]);

/** Of a client: salaries are not for them, and neither are people called Secret. */
const client: Scope = {
  mayName: (_, field) => field !== "salary",
  maySee: () => true,
  visible: ({ name }) => (name === "people" ? { kind: "not", of: eq("name", "Secret") } : always),
};

function eq(field: string, operand: string | number | boolean, path: string[] = []): Predicate {
  return { kind: "compare", field, path, comparison: "eq", operand };
}

function parse(where: unknown, scope: Scope = { ...client, visible: () => always }, name = "films"): unknown {
  const report = createQueryReport();
  try {
    const predicate = parseWhere(where, model.collection(name), { model, scope, report }, "/where");
    report.settle();
    return predicate;
  } catch (error) {
    if (error instanceof GalleyError && error.code === "invalid_query") return error.errors;
    throw error;
  }
}

const compare = (field: string, comparison: string, operand: unknown): unknown => ({
  kind: "compare",
  field,
  path: [],
  comparison,
  operand,
});
const missing = (field: string): Predicate => ({ kind: "missing", field, path: [] });

describe("the JSON spelling", () => {
  test.each<[unknown, unknown]>([
    [{}, always],
    [{ title: "M" }, eq("title", "M")],
    [{ title: { eq: "M" } }, eq("title", "M")],
    [{ title: { ne: "M" } }, { kind: "not", of: eq("title", "M") }],
    [{ stock: { gte: 1, lt: 5 } }, { kind: "and", of: [compare("stock", "gte", 1), compare("stock", "lt", 5)] }],
    [{ stock: -0 }, eq("stock", 0)],
    [{ stock: { gt: 1.5 } }, compare("stock", "gt", 1.5)],
    [{ stock: { in: [1, 2] } }, { kind: "in", field: "stock", path: [], operands: [1, 2] }],
    [{ stock: { in: [] } }, never],
    [{ stock: { nin: [] } }, always],
    [{ stock: { nin: [1] } }, { kind: "not", of: { kind: "in", field: "stock", path: [], operands: [1] } }],
    [{ title: { contains: "a" } }, compare("title", "contains", "a")],
    [{ title: { startsWith: "a" } }, compare("title", "startsWith", "a")],
    [{ tags: { has: "sale" } }, compare("tags", "has", "sale")],
    [{ meta: null }, missing("meta")],
    [{ meta: { isNull: true } }, missing("meta")],
    [{ meta: { isNull: false } }, { kind: "not", of: missing("meta") }],
    [{ shownAt: { in: [null] } }, missing("shownAt")],
    [
      { open: { in: [true, null] } },
      { kind: "or", of: [{ kind: "in", field: "open", path: [], operands: [true] }, missing("open")] },
    ],
    [{ shownAt: { lt: "2026-03-01T00:00:00+01:00" } }, compare("shownAt", "lt", "2026-02-28T23:00:00.000Z")],
    [
      { createdAt: { gte: "2026-03-01T00:00:00Z" }, version: 1 },
      { kind: "and", of: [compare("createdAt", "gte", "2026-03-01T00:00:00.000Z"), eq("version", 1)] },
    ],
    [{ id: "0192D3A0-7B1C-7DEF-8123-456789ABCDEF" }, eq("id", "0192d3a0-7b1c-7def-8123-456789abcdef")],
    [{ director: "1" }, eq("director", "1")],
    [{ director: { in: ["1"] } }, { kind: "in", field: "director", path: [], operands: ["1"] }],
    [{ or: [] }, never],
    [{ and: [] }, always],
    [{ not: {} }, never],
    [
      { or: [{ stock: 1 }, { stock: 2 }], open: true },
      { kind: "and", of: [{ kind: "or", of: [eq("stock", 1), eq("stock", 2)] }, eq("open", true)] },
    ],
    [{ not: { not: { stock: 1 } } }, eq("stock", 1)],
    [{ and: [{ stock: 1 }, { and: [{ open: true }] }] }, { kind: "and", of: [eq("stock", 1), eq("open", true)] }],
  ])("reads %j", (where, predicate) => {
    expect(parse(where)).toEqual(predicate);
  });

  test.each<[unknown, unknown]>([
    [{ meta: { color: "red" } }, eq("meta", "red", ["color"])],
    [{ "meta.color": "red" }, eq("meta", "red", ["color"])],
    [{ meta: { size: { width: { gt: 1 } } } }, { ...(compare("meta", "gt", 1) as object), path: ["size", "width"] }],
    [{ "meta.in": 5 }, eq("meta", 5, ["in"])],
    [{ "meta.constructor": 5 }, eq("meta", 5, ["constructor"])],
    [{ meta: "red" }, eq("meta", "red")],
    [
      { size: { width: 3, unit: null } },
      { kind: "and", of: [eq("size", 3, ["width"]), { kind: "missing", field: "size", path: ["unit"] }] },
    ],
    [{ "size.parts": { has: 3 } }, { ...(compare("size", "has", 3) as object), path: ["parts"] }],
  ])("reaches into values: %j", (where, predicate) => {
    expect(parse(where)).toEqual(predicate);
  });

  test.each<[unknown, unknown]>([
    [{ director: { name: "Lang" } }, { kind: "related", relation: "director", where: eq("name", "Lang") }],
    [{ "director.name": "Lang" }, { kind: "related", relation: "director", where: eq("name", "Lang") }],
    [
      { "director.boss.name": "Pommer" },
      {
        kind: "related",
        relation: "director",
        where: { kind: "related", relation: "boss", where: eq("name", "Pommer") },
      },
    ],
    [
      { director: { boss: { name: "Pommer" } } },
      {
        kind: "related",
        relation: "director",
        where: { kind: "related", relation: "boss", where: eq("name", "Pommer") },
      },
    ],
    [{ director: {} }, { kind: "related", relation: "director", where: always }],
  ])("leads through relations: %j", (where, predicate) => {
    expect(parse(where)).toEqual(predicate);
  });

  test("leads through relations backwards", () => {
    const related = { kind: "related", relation: "directed", where: eq("stock", 1) };
    expect(parse({ directed: { stock: 1 } }, client, "people")).toEqual(related);
    expect(parse({ "directed.stock": 1 }, client, "people")).toEqual(related);
  });

  test("passes only through records that its author sees", () => {
    expect(parse({ director: { name: "Lang" } }, client)).toEqual({
      kind: "related",
      relation: "director",
      where: { kind: "and", of: [client.visible(model.collection("people")), eq("name", "Lang")] },
    });
  });
});

describe("what is wrong is named, with its place", () => {
  const unknown = (path: string): unknown => [
    { path: `/where${path}`, code: "unknown_field", message: "is not a field here" },
  ];
  const wrong = (path: string, message: string): unknown => [{ path: `/where${path}`, code: "wrong_type", message }];

  test.each<[unknown, unknown]>([
    [{ colour: "red" }, unknown("/colour")],
    [{ or: [{ stock: 1 }, { colour: "red" }] }, unknown("/or/1/colour")],
    [{ not: { and: [{ colour: 1 }] } }, unknown("/not/and/0/colour")],
    [{ director: { colour: 1 } }, unknown("/director/colour")],
    [{ "director.colour": 1 }, unknown("/director.colour")],
    [{ "a/b~": 1 }, unknown("/a~1b~0")],
    [{ toString: 1 }, unknown("/toString")],
    [{ constructor: { name: "Object" } }, unknown("/constructor")],
    [JSON.parse('{"__proto__":{"stock":1}}'), unknown("/__proto__")],
    [{ "": 1 }, unknown("/")],
    [{ ".": 1 }, unknown("/.")],
    [{ "director.": 1 }, unknown("/director.")],
    [
      { inStock: true },
      [{ path: "/where/inStock", code: "unknown_field", message: "is computed and can't be queried" }],
    ],
    [{ "title.length": 1 }, [{ path: "/where/title.length", code: "unknown_field", message: "leads nowhere" }]],
    [{ size: { depth: 1 } }, [{ path: "/where/size/depth", code: "unknown_field", message: "leads nowhere" }]],
    [{ "meta.a b": 1 }, [{ path: "/where/meta.a b", code: "unknown_field", message: "leads nowhere" }]],
    [
      { stock: { above: 1 } },
      [
        {
          path: "/where/stock/above",
          code: "unknown_operator",
          message: expect.stringContaining("there are eq, ne, lt"),
        },
      ],
    ],
    [
      { stock: { gt: 1, above: 1 } },
      [{ path: "/where/stock/above", code: "unknown_operator", message: expect.any(String) }],
    ],
    [{ stock: "1" }, wrong("/stock", "takes an integer value")],
    [{ stock: { gt: null } }, wrong("/stock/gt", "takes an integer value")],
    [{ stock: {} }, wrong("/stock", "must compare with something")],
    [{ stock: [1] }, wrong("/stock", "takes an integer value")],
    [{ stock: { in: 1 } }, wrong("/stock/in", "takes a list of values")],
    [{ stock: { in: [1, "2"] } }, wrong("/stock/in", "takes an integer value")],
    [{ stock: { contains: "1" } }, wrong("/stock/contains", "is no text; contains is for text")],
    [{ stock: { has: 1 } }, wrong("/stock/has", "is no list; has looks for an item of one")],
    [{ stock: { isNull: "true" } }, wrong("/stock/isNull", "takes true or false")],
    [{ open: { gt: true } }, wrong("/open/gt", "has no order; use eq or ne")],
    [{ status: "gone" }, wrong("/status", "takes one of draft, shown")],
    [{ shownAt: "yesterday" }, wrong("/shownAt", "takes a timestamp value")],
    [{ title: { contains: 1 } }, wrong("/title/contains", "takes a text")],
    [{ title: { startsWith: "\0" } }, wrong("/title/startsWith", "takes a text")],
    [{ title: "\ud800" }, wrong("/title", "takes a text value")],
    [{ tags: "sale" }, wrong("/tags", "is a list; use has or isNull")],
    [{ tags: ["sale"] }, wrong("/tags", "is a list; use has or isNull")],
    [{ tags: { has: 1 } }, wrong("/tags/has", "takes a text value")],
    [{ tags: { has: null } }, wrong("/tags/has", "takes a text value")],
    [{ meta: { a: [1] } }, wrong("/meta/a", "takes a text, a number, true or false")],
    [{ meta: { a: {} } }, wrong("/meta/a", "must compare with something")],
    [{ size: 3 }, wrong("/size", "is an object; compare one of its fields")],
    [{ or: { stock: 1 } }, wrong("/or", "must be an array of conditions")],
    [{ and: [1] }, wrong("/and/0", "must be an object of fields and conditions")],
    [{ not: null }, wrong("/not", "must be an object of fields and conditions")],
    [[], wrong("", "must be an object of fields and conditions")],
    ["x", wrong("", "must be an object of fields and conditions")],
    [null, wrong("", "must be an object of fields and conditions")],
  ])("%j", (where, violations) => {
    expect(parse(where)).toEqual(violations);
  });

  test("all of it at once", () => {
    expect(parse({ colour: 1, stock: "x", or: [{ open: 1 }] })).toMatchObject([
      { path: "/where/colour" },
      { path: "/where/stock" },
      { path: "/where/or/0/open" },
    ]);
  });

  test("undefined is a mistake and not a condition that is left out: a rule would open to all", () => {
    for (const where of [{ stock: undefined }, { stock: { eq: undefined } }, { stock: { ne: undefined } }]) {
      expect(parse(where)).toMatchObject([{ code: "wrong_type" }]);
    }
    for (const where of [
      { or: undefined },
      { not: undefined },
      { stock: { in: [undefined] } },
      { director: undefined },
    ]) {
      expect(parse(where)).toMatchObject([{ code: "wrong_type" }]);
    }
    expect(parse({ meta: { a: undefined } })).toMatchObject([{ code: "wrong_type" }]);
  });
});

describe("what its author may not see can't be named", () => {
  test.each([
    [{ supplier: "x" }],
    [{ key: "x" }],
    [{ editor: "1" }],
    [{ editor: { name: "x" } }],
    [{ "editor.name": "x" }],
    [{ director: { salary: { gt: 1 } } }],
    [{ "director.salary": 1 }],
    [{ director: { pin: "1" } }],
    [{ not: { supplier: null } }],
    [{ supplier: { isNull: true } }],
  ])("in a filter: %j", (where) => {
    expect(parse(where)).toMatchObject([{ code: "unknown_field", message: "is not a field here" }]);
  });

  test("through a relation that a hidden or unreadable ref makes, or an internal collection", () => {
    expect(parse({ edited: { stock: 1 } }, client, "people")).toMatchObject([{ code: "unknown_field" }]);
    expect(parse({ "edited.stock": 1 }, client, "people")).toMatchObject([{ code: "unknown_field" }]);
    expect(parse({ sessions: {} }, client, "people")).toMatchObject([{ code: "unknown_field" }]);
    expect(parse({ sessions: {} }, unrestrictedScope, "people")).toMatchObject([{ code: "unknown_field" }]);
    const blind: Scope = { mayName: (_, field) => field !== "director", maySee: () => true, visible: () => always };
    expect(parse({ director: { name: "x" } }, blind)).toMatchObject([{ code: "unknown_field" }]);
    expect(parse({ directed: { stock: 1 } }, blind, "people")).toMatchObject([{ code: "unknown_field" }]);
  });

  test("but the application's own code may name it, secrets excepted", () => {
    expect(parse({ supplier: "x" }, unrestrictedScope)).toEqual(eq("supplier", "x"));
    expect(parse({ editor: "1", director: { salary: 1 } }, unrestrictedScope)).toMatchObject({ kind: "and" });
    expect(parse({ edited: { stock: 1 } }, unrestrictedScope, "people")).toMatchObject({ kind: "related" });
    expect(parse({ key: "x" }, unrestrictedScope)).toMatchObject([{ code: "unknown_field" }]);
  });
});

describe("a filter out of all bounds", () => {
  const terms = Array.from({ length: 100_000 }, () => ({ stock: 1 }));
  const keys = Object.fromEntries(terms.map((_, index) => [`k${index}`, 1]));
  let deep: unknown = { stock: 1 };
  for (let level = 0; level < 50_000; level++) deep = { not: deep };
  let bosses: unknown = { name: "x" };
  for (let level = 0; level < 12; level++) bosses = { boss: bosses, "boss.boss": bosses };

  test.each<[string, unknown, string]>([
    ["of 100,000 members", { or: terms }, "too_many"],
    ["of 100,000 empty members", { and: terms.map(() => ({})) }, "too_many"],
    ["of 100,000 values", { stock: { in: terms.map((_, index) => index) } }, "too_many"],
    ["of 100,000 unknown fields", keys, "unknown_field"],
    ["of 100,000 unknown operators", { stock: keys }, "unknown_field"],
    ["of 100,000 keys of JSON", { meta: keys }, "too_many"],
    ["of members in members", { or: terms.slice(0, 20).map(() => ({ or: terms.slice(0, 20) })) }, "too_many"],
    ["50,000 deep", deep, "too_deep"],
    ["through 100,000 relations", { [`director${".boss".repeat(100_000)}`]: 1 }, "too_deep"],
    ["100,000 deep in JSON", { [`meta${".a".repeat(100_000)}`]: 1 }, "too_deep"],
    ["that branches at every relation", { director: bosses }, "too_many"],
    ["with a key of a million characters", { ["x".repeat(1_000_000)]: 1 }, "unknown_field"],
    ["with a key of a million slashes", { stock: { ["/".repeat(1_000_000)]: 1 } }, "wrong_type"],
  ])("%s is refused at once", (_, where, __) => {
    const violations = parse(where);
    expect(violations).toSatisfy((list: unknown) => Array.isArray(list) && list.length >= 1 && list.length <= 100);
    expect(JSON.stringify(violations).length).toBeLessThan(50_000);
  });

  test("but 200 comparisons and 16 levels are fine", () => {
    expect(parse({ or: terms.slice(0, 200) })).toMatchObject({ kind: "or" });
    expect(parse({ stock: { in: terms.slice(0, 200).map((_, index) => index) } })).toMatchObject({ kind: "in" });
    expect(parse({ stock: { in: terms.slice(0, 201).map((_, index) => index) } })).toMatchObject([
      { code: "too_many" },
    ]);
    expect(parse({ [`director${".boss".repeat(10)}`]: "1" })).toMatchObject({ kind: "related" });
  });
});
