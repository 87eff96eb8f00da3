import { describe, expect, test } from "vitest";
import { GalleyError } from "../kit/galley-error.ts";
import { collection, internalCollection } from "../schema/collection.ts";
import { boolean } from "../schema/field-boolean.ts";
import { computed } from "../schema/field-computed.ts";
import { json } from "../schema/field-json.ts";
import { list } from "../schema/field-list.ts";
import { integer } from "../schema/field-number.ts";
import { ref } from "../schema/field-ref.ts";
import { secret, text } from "../schema/field-text.ts";
import { createModel } from "../schema/model.ts";
import { encodeCursor } from "./cursor.ts";
import { always, type Predicate } from "./predicate.ts";
import { parseAggregateQuery, parseListQuery, parseViewQuery, type QueryContext } from "./query-parser.ts";
import { relevance } from "./sort.ts";

const model = createModel([
  collection("people", { fields: { name: text(), boss: ref("people", { inverse: "staff" }).optional() } }),
  collection("films", {
    fields: {
      title: text().search(),
      stock: integer(),
      open: boolean(),
      sum: integer(),
      tags: list(text()),
      meta: json().optional(),
      cost: integer().optional(),
      supplier: text().hidden(),
      key: secret().optional(),
      director: ref("people", { inverse: "directed" }),
      editor: ref("people", { inverse: "edited" }).hidden(),
      inStock: computed(boolean(), () => true),
    },
  }),
  internalCollection("_sessions", { fields: { user: ref("people", { inverse: "sessions" }) } }),
]);

function contextOf(name: string): QueryContext {
  const scope = { mayName: (_: unknown, field: string) => field !== "cost", maySee: () => true, visible: () => always };
  return { model, collection: model.collection(name), scope, mostRecords: 200 };
}
const films = contextOf("films");

/** What is parsed, or what is said to be wrong with it. */
function attempt(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GalleyError && error.code === "invalid_query") return error.errors;
    throw error;
  }
}

const list_ = (input: unknown, context = films): unknown => attempt(() => parseListQuery(input, context));
const view = (input: unknown, context = films): unknown => attempt(() => parseViewQuery(input, context));
const aggregate = (input: unknown): unknown => attempt(() => parseAggregateQuery(input, films));
const up = (field: string): unknown => ({ field, descending: false });
const down = (field: string): unknown => ({ field, descending: true });

describe("a list", () => {
  test("asked for nothing is the first twenty records by id", () => {
    const first = {
      where: always,
      order: [up("id")],
      limit: 20,
      after: undefined,
      total: false,
      select: undefined,
      include: [],
    };
    expect(list_({})).toEqual(first);
    expect(list_(undefined)).toEqual(first);
  });

  test.each<[unknown, unknown[]]>([
    [[], [up("id")]],
    ["title", [up("title"), up("id")]],
    [["-stock"], [down("stock"), down("id")]],
    ["-stock,title", [down("stock"), up("title"), up("id")]],
    [
      ["open", "-createdAt"],
      [up("open"), down("createdAt"), down("id")],
    ],
    ["-id", [down("id")]],
    ["title,-id", [up("title"), down("id")]],
    ["title,title", [up("title"), up("id")]],
  ])("sorted by %j is sorted by the id in the end", (sort, order) => {
    expect(list_({ sort })).toMatchObject({ order });
  });

  test("that searches is sorted by relevance, unless told otherwise", () => {
    const where: Predicate = { kind: "search", words: ["the", "film"] };
    expect(list_({ search: "The film" })).toMatchObject({ where, order: [up(relevance), up("id")] });
    expect(list_({ search: "The film", sort: "title" })).toMatchObject({ where, order: [up("title"), up("id")] });
    expect(list_({ search: "?!" })).toMatchObject({ where: { kind: "never" } });
  });

  test("takes a cursor of its order", () => {
    const id = "0192d3a0-7b1c-7def-8123-456789abcdef";
    const order = [
      { field: "stock", descending: true },
      { field: "id", descending: true },
    ];
    const after = encodeCursor(order, { stock: 3, id });
    expect(list_({ sort: "-stock", after })).toMatchObject({ after: [3, id] });
    expect(() => parseListQuery({ sort: "stock", after }, films)).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
    expect(() => parseListQuery({ after: "x" }, films)).toThrow(expect.objectContaining({ code: "malformed" }));
    // A cursor is only read in the light of an order that makes sense.
    expect(list_({ sort: "colour", after: "x" })).toMatchObject([{ path: "/sort" }]);
  });

  test("puts its conditions and those read elsewhere together", () => {
    const extra: Predicate = { kind: "missing", field: "meta", path: [] };
    expect(parseListQuery({ where: { stock: 1 }, search: "a" }, films, undefined, [extra]).where).toEqual({
      kind: "and",
      of: [
        { kind: "compare", field: "stock", path: [], comparison: "eq", operand: 1 },
        { kind: "search", words: ["a"] },
        extra,
      ],
    });
  });

  test.each<[object, string, string, string?]>([
    [{ colour: 1 }, "/colour", "unknown_parameter", "is not known; there are where, sort, limit, after, select"],
    [{ Sort: "title" }, "/Sort", "unknown_parameter"],
    [JSON.parse('{"__proto__":1}'), "/__proto__", "unknown_parameter"],
    [{ constructor: 1 }, "/constructor", "unknown_parameter"],
    [{ "a/b": 1 }, "/a~1b", "unknown_parameter"],
    [{ sort: "colour" }, "/sort", "unknown_field", 'names "colour", which is not a field here'],
    [{ sort: "-" }, "/sort", "wrong_type"],
    [{ sort: "--title" }, "/sort", "unknown_field"],
    [{ sort: "title,-title" }, "/sort", "repeated"],
    [{ sort: "tags" }, "/sort", "wrong_type", 'names "tags", and a list has no order'],
    [{ sort: "meta" }, "/sort", "wrong_type"],
    [{ sort: "inStock" }, "/sort", "unknown_field"],
    [{ sort: "toString" }, "/sort", "unknown_field"],
    [{ sort: "%relevance" }, "/sort", "unknown_field"],
    [{ sort: "title," }, "/sort", "wrong_type", "must be a list of names"],
    [{ sort: "" }, "/sort", "wrong_type"],
    [{ sort: { title: -1 } }, "/sort", "wrong_type"],
    [{ sort: [["title"]] }, "/sort", "wrong_type"],
    [{ sort: null }, "/sort", "wrong_type"],
    [{ limit: 0 }, "/limit", "wrong_type", "must be a whole number from 1 to 200"],
    [{ limit: 201 }, "/limit", "wrong_type"],
    [{ limit: 1.5 }, "/limit", "wrong_type"],
    [{ limit: "10" }, "/limit", "wrong_type"],
    [{ limit: null }, "/limit", "wrong_type"],
    [{ after: 1 }, "/after", "wrong_type", "must be a cursor"],
    [{ after: null }, "/after", "wrong_type"],
    [
      { total: "yes" },
      "/total",
      "wrong_type",
      "must be true or false; to filter by a field of that name use total[eq]",
    ],
    [{ search: 1 }, "/search", "wrong_type"],
    [{ search: "a".repeat(501) }, "/search", "wrong_type", "must be a text of at most 500 characters"],
    [{ where: [] }, "/where", "wrong_type"],
    [{ where: { colour: 1 } }, "/where/colour", "unknown_field"],
    [{ select: "colour" }, "/select", "unknown_field", 'names "colour", which is not a field here'],
    [{ select: "director.name" }, "/select", "unknown_field"],
    [{ include: "title" }, "/include", "unknown_field", 'names "title", which is not a relation of films'],
    [{ include: "directr" }, "/include", "unknown_field", "a relation of films; did you mean director?"],
    [{ sort: "-titel" }, "/sort", "unknown_field", "which is not a field here; did you mean title?"],
    [{ select: "id,titel" }, "/select", "unknown_field", "which is not a field here; did you mean title?"],
    [{ where: { titel: "M" } }, "/where/titel", "unknown_field", "is not a field here; did you mean title?"],
    [{ where: { directr: { name: "M" } } }, "/where/directr", "unknown_field", "did you mean director?"],
  ])("%j is refused by name", (input, path, code, message = "") => {
    expect(list_(input)).toEqual([{ path, code, message: expect.stringContaining(message) }]);
  });

  test("that is no object is refused", () => {
    for (const input of [null, [], "x", 1]) expect(list_(input)).toMatchObject([{ path: "", code: "wrong_type" }]);
  });

  test("says everything that is wrong at once", () => {
    expect(list_({ sort: "a,b", limit: 0, colour: 1, where: { x: 1 }, select: "y" })).toMatchObject(
      ["/colour", "/where/x", "/select", "/sort", "/sort", "/limit"].map((path) => ({ path })),
    );
  });

  test("isn't searched where no field is", () => {
    expect(list_({ search: "a" }, contextOf("people"))).toEqual([
      { path: "/search", code: "unknown_parameter", message: "is not offered here: no field is searched" },
    ]);
  });

  test("has no more records than its context allows", () => {
    expect(parseListQuery({}, { ...films, mostRecords: 5 }).limit).toBe(5);
    expect(parseListQuery({ limit: 10_000 }, { ...films, mostRecords: 10_000 }).limit).toBe(10_000);
  });
});

describe("a view", () => {
  test("names fields and relations", () => {
    expect(view({ select: ["id", "title", "inStock", "cost"] })).toEqual({
      select: ["id", "title", "inStock", "cost"],
      include: [],
    });
    expect(view({ select: "id" })).toMatchObject({ select: ["id"] });
    expect(view({ include: "director" })).toEqual({
      select: undefined,
      include: [{ relation: "director", include: [] }],
    });
  });

  test("loads a relation once, whatever is loaded beyond it", () => {
    expect(view({ include: ["director.boss", "director", "director.staff.boss"] })).toMatchObject({
      include: [
        {
          relation: "director",
          include: [
            { relation: "boss", include: [] },
            { relation: "staff", include: [{ relation: "boss", include: [] }] },
          ],
        },
      ],
    });
    expect(view({ include: "directed.director" }, contextOf("people"))).toMatchObject({
      include: [{ relation: "directed", include: [{ relation: "director" }] }],
    });
  });

  test.each(["director.", ".director", "director..boss", "director.name", "toString", "__proto__", "people"])(
    "refuses the relation %j",
    (include) => {
      expect(view({ include })).toMatchObject([{ path: "/include", code: "unknown_field" }]);
    },
  );

  test("goes four relations deep, ten ways", () => {
    expect(view({ include: "director.boss.boss.boss" })).toMatchObject({ include: [{ relation: "director" }] });
    expect(view({ include: "director.boss.boss.boss.boss" })).toMatchObject([{ code: "too_deep" }]);
    expect(view({ include: Array.from({ length: 11 }, (_, index) => `r${index}`) })).toMatchObject([
      { code: "too_many" },
    ]);
  });

  test("knows only its own parameters", () => {
    expect(view({ where: {} })).toMatchObject([{ path: "/where", code: "unknown_parameter" }]);
  });
});

describe("an aggregate", () => {
  test("has figures over groups", () => {
    expect(aggregate({ group: "open,title", sum: "stock", min: ["title", "stock"], where: { open: true } })).toEqual({
      where: { kind: "compare", field: "open", path: [], comparison: "eq", operand: true },
      group: ["open", "title"],
      figures: { sum: ["stock"], avg: [], min: ["title", "stock"], max: [] },
    });
    expect(aggregate({})).toEqual({ where: always, group: [], figures: { sum: [], avg: [], min: [], max: [] } });
  });

  test.each<[object, string, string]>([
    [{ group: "tags" }, "/group", "wrong_type"],
    [{ group: "colour" }, "/group", "unknown_field"],
    [{ group: "sum" }, "/group", "ambiguous"],
    [{ sum: "title" }, "/sum", "wrong_type"],
    [{ avg: "open" }, "/avg", "wrong_type"],
    [{ max: "meta" }, "/max", "wrong_type"],
    [{ min: "inStock" }, "/min", "unknown_field"],
    [{ count: "id" }, "/count", "unknown_parameter"],
    [{ sort: "id" }, "/sort", "unknown_parameter"],
    [{ limit: 1 }, "/limit", "unknown_parameter"],
    [{ median: "stock" }, "/median", "unknown_parameter"],
  ])("%j is refused by name", (input, path, code) => {
    expect(aggregate(input)).toMatchObject([{ path, code }]);
  });
});

describe("what its author may not see can't be named", () => {
  // `cost` is not for them, `supplier` and `editor` are hidden, `key` is a secret.
  test.each(["cost", "supplier", "key", "editor"])("%s can't be sorted, grouped or counted by", (name) => {
    const refused = [{ code: "unknown_field", message: `names "${name}", which is not a field here` }];
    expect(list_({ sort: name })).toMatchObject(refused);
    expect(list_({ sort: `-${name}` })).toMatchObject(refused);
    for (const figure of ["group", "sum", "avg", "min", "max"]) {
      expect(aggregate({ [figure]: name })).toMatchObject(refused);
    }
    expect(aggregate({ where: { [name]: null } })).toMatchObject([{ code: "unknown_field" }]);
  });

  test("hidden fields can't be selected, and neither is it told that they are there", () => {
    for (const name of ["supplier", "key", "editor", "nonsense"]) {
      expect(view({ select: name })).toEqual([
        { path: "/select", code: "unknown_field", message: `names "${name}", which is not a field here` },
      ]);
    }
  });

  test("relations of hidden refs and of internal collections can't be included", () => {
    expect(view({ include: "editor" })).toMatchObject([{ code: "unknown_field" }]);
    expect(view({ include: "edited" }, contextOf("people"))).toMatchObject([{ code: "unknown_field" }]);
    expect(view({ include: "sessions" }, contextOf("people"))).toMatchObject([{ code: "unknown_field" }]);
    expect(view({ include: "directed.editor" }, contextOf("people"))).toMatchObject([{ code: "unknown_field" }]);
    const blind = {
      ...contextOf("people"),
      scope: {
        mayName: (_: unknown, field: string) => field !== "director",
        maySee: () => true,
        visible: () => always,
      },
    };
    expect(view({ include: "directed" }, blind)).toMatchObject([{ code: "unknown_field" }]);
  });
});

describe("a query out of all bounds is refused at once and briefly", () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `n${index}`);

  test.each<[string, object]>([
    ["100,000 includes", { include: names }],
    ["100,000 includes in a text", { include: names.join(",") }],
    ["an include of 100,000 steps", { include: `director${".boss".repeat(100_000)}` }],
    ["100,000 fields to select", { select: names }],
    ["100,000 keys to sort by", { sort: names }],
    ["200 unknown fields", { select: names.slice(0, 200), sort: names.slice(0, 200) }],
    ["a name of a million characters", { sort: "x".repeat(1_000_000), select: "x".repeat(1_000_000) }],
    ["100,000 parameters", Object.fromEntries(names.map((name) => [name, 1]))],
    ["a search of a million words", { search: "a ".repeat(1_000_000) }],
    ["a cursor of a million characters and a mistake", { after: "x".repeat(1_000_000), limit: -1 }],
  ])("%s", (_, input) => {
    const violations = list_(input);
    expect(violations).toSatisfy((found: unknown) => Array.isArray(found) && found.length > 0 && found.length <= 100);
    expect(JSON.stringify(violations).length).toBeLessThan(50_000);
  });
});
