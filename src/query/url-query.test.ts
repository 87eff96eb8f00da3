import { describe, expect, test } from "vitest";
import { GalleyError } from "../kit/galley-error.ts";
import { collection } from "../schema/collection.ts";
import { boolean } from "../schema/field-boolean.ts";
import { choice } from "../schema/field-choice.ts";
import { email } from "../schema/field-email.ts";
import { json } from "../schema/field-json.ts";
import { list } from "../schema/field-list.ts";
import { integer, number } from "../schema/field-number.ts";
import { object } from "../schema/field-object.ts";
import { ref } from "../schema/field-ref.ts";
import { text } from "../schema/field-text.ts";
import { timestamp } from "../schema/field-timestamp.ts";
import { createModel } from "../schema/model.ts";
import { always } from "./predicate.ts";
import { parseListQuery, type QueryContext } from "./query-parser.ts";
import { parseAggregateUrl, parseListUrl, parseViewUrl } from "./url-query.ts";

const model = createModel([
  collection("people", { fields: { name: text(), contact: email(), boss: ref("people").optional() } }),
  collection("films", {
    fields: {
      title: text().search(),
      stock: integer(),
      rating: number().optional(),
      open: boolean(),
      total: integer(),
      status: choice(["draft", "shown"]),
      at: timestamp(),
      tags: list(text()),
      scores: list(integer()),
      meta: json().optional(),
      size: object({ width: integer() }),
      supplier: text().hidden(),
      director: ref("people", { inverse: "directed" }),
    },
  }),
]);
const context: QueryContext = {
  model,
  collection: model.collection("films"),
  scope: { mayName: () => true, maySee: () => true, visible: () => always },
  mostRecords: 200,
};

function attempt(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GalleyError && ["invalid_query", "malformed"].includes(error.code)) {
      return error.errors ?? error.code;
    }
    throw error;
  }
}

const url = (query: string): unknown => attempt(() => parseListUrl(query, context));
const body = (input: unknown): unknown => attempt(() => parseListQuery(input, context));

test.each<[string, object]>([
  ["", {}],
  ["&&", {}],
  ["title=M", { where: { title: "M" } }],
  ["title=", { where: { title: "" } }],
  ["title", { where: { title: "" } }],
  ["title=a%3Db%26c+d", { where: { title: "a=b&c d" } }],
  ["title=a=b", { where: { title: "a=b" } }],
  ["title=true", { where: { title: "true" } }],
  ["title=%F0%9F%98%80", { where: { title: "😀" } }],
  ["title=😀", { where: { title: "😀" } }],
  ["stock=5", { where: { stock: 5 } }],
  ["stock[gte]=1&stock[lt]=5", { where: { and: [{ stock: { gte: 1 } }, { stock: { lt: 5 } }] } }],
  ["stock%5Bgte%5D=1", { where: { stock: { gte: 1 } } }],
  ["rating[ne]=-1.5e0", { where: { rating: { ne: -1.5 } } }],
  ["open=false", { where: { open: false } }],
  ["stock[in]=1,2", { where: { stock: { in: [1, 2] } } }],
  ["title[nin]=a,b,", { where: { title: { nin: ["a", "b", ""] } } }],
  ["status[in]=draft", { where: { status: { in: ["draft"] } } }],
  ["title[contains]=a,b", { where: { title: { contains: "a,b" } } }],
  ["title[startsWith]=1", { where: { title: { startsWith: "1" } } }],
  ["tags[has]=sale", { where: { tags: { has: "sale" } } }],
  ["scores[has]=3", { where: { scores: { has: 3 } } }],
  ["rating[isNull]=true", { where: { rating: { isNull: true } } }],
  ["meta.color=red", { where: { meta: { color: "red" } } }],
  ["meta.n=5", { where: { meta: { n: 5 } } }],
  ["meta.code=007", { where: { meta: { code: "007" } } }],
  ["meta.on[ne]=true", { where: { meta: { on: { ne: true } } } }],
  ["meta.gone=null", { where: { meta: { gone: null } } }],
  ["meta.n[in]=1,a,true", { where: { meta: { n: { in: [1, "a", true] } } } }],
  ["size.width[gt]=3", { where: { size: { width: { gt: 3 } } } }],
  ["director=1", { where: { director: "1" } }],
  ["director.name=Lang", { where: { director: { name: "Lang" } } }],
  ["director.boss.contact=A@B.C", { where: { director: { boss: { contact: "a@b.c" } } } }],
  ["at[gte]=2026-03-01T00:00:00%2B01:00", { where: { at: { gte: "2026-02-28T23:00:00.000Z" } } }],
  ["total[eq]=3&total=true", { where: { total: 3 }, total: true }],
  ['where={"or":[{"stock":1},{"open":true}]}', { where: { or: [{ stock: 1 }, { open: true }] } }],
  [
    "sort=-stock,title&limit=5&select=id,title&include=director.boss",
    { sort: "-stock,title", limit: 5, select: ["id", "title"], include: ["director.boss"] },
  ],
  ["search=the+film", { search: "the film" }],
])("?%s says the same as the body %j", (query, input) => {
  const parsed = url(query);
  expect(parsed).toEqual(body(input));
  expect(parsed).toMatchObject({ limit: expect.any(Number) });
});

test("parameters and a where must all hold", () => {
  expect(url('where={"stock":1}&open=true')).toMatchObject({
    where: { kind: "and", of: [{ field: "stock" }, { field: "open" }] },
  });
});

describe("what isn't known is refused by name", () => {
  test.each<[string, string, string]>([
    ["colour=red", "/colour", "unknown_field"],
    ["Title=M", "/Title", "unknown_field"],
    ["offset=5", "/offset", "unknown_field"],
    ["__proto__=1", "/__proto__", "unknown_field"],
    ["constructor.name=1", "/constructor.name", "unknown_field"],
    ["title[like]=a", "/title[like]", "unknown_operator"],
    ["title[]=a", "/title[]", "unknown_operator"],
    ["title[eq]x=a", "/title[eq]x", "unknown_operator"],
    ["title[eq][ne]=a", "/title[eq][ne]", "unknown_operator"],
    ["[eq]=a", "/[eq]", "unknown_operator"],
    ["=a", "/", "unknown_operator"],
    ["title.x=a", "/title.x", "unknown_field"],
    ["director.colour=red", "/director.colour", "unknown_field"],
    ["supplier=x", "/supplier", "unknown_field"],
    ["supplier[isNull]=true", "/supplier", "unknown_field"],
    ["a/b=1", "/a~1b", "unknown_field"],
    ["stock=many", "/stock", "wrong_type"],
    ["stock=", "/stock", "wrong_type"],
    ["stock[in]=1,many", "/stock/in", "wrong_type"],
    ["open=1", "/open", "wrong_type"],
    ["open[gt]=true", "/open/gt", "wrong_type"],
    ["status=gone", "/status", "wrong_type"],
    ["at=yesterday", "/at", "wrong_type"],
    ["tags=sale", "/tags", "wrong_type"],
    ["rating[isNull]=yes", "/rating/isNull", "wrong_type"],
    ["meta.n=1e999", "/meta.n", "wrong_type"],
    ["limit=many", "/limit", "wrong_type"],
    ["limit=", "/limit", "wrong_type"],
    ["limit=1e2", "/limit", "wrong_type"],
    ["total=1", "/total", "wrong_type"],
    ["sort=", "/sort", "wrong_type"],
    ["where=", "/where", "malformed"],
    ["where={", "/where", "malformed"],
    ["where=[]", "/where", "wrong_type"],
    ["sort=title&sort=stock", "/sort", "repeated"],
    ["limit=5&limit=5", "/limit", "repeated"],
  ])("?%s", (query, path, code) => {
    expect(url(query)).toMatchObject([{ path, code }]);
  });

  test.each(["title=%", "title=%ff", "title=%00", "title=a\0", "%00=a", "title=%ED%A0%80", "title=\ud800"])(
    "?%s can't be read at all",
    (query) => {
      expect(url(query)).toBe("malformed");
    },
  );

  test("everything at once", () => {
    expect(url("colour=red&stock=many&limit=0")).toMatchObject([
      { path: "/colour" },
      { path: "/stock" },
      { path: "/limit" },
    ]);
  });
});

test("a parameter that was mistyped is refused with the one that may have been meant", () => {
  const told = (query: string) => attempt(() => parseListUrl(query, context));
  const message = (meant: string) => [
    { code: "unknown_field", message: `is not a field here; did you mean ${meant}?` },
  ];
  expect(told("serach=film")).toMatchObject(message("search"));
  expect(told("titel=M")).toMatchObject(message("title"));
  expect(told("directr.name=M")).toMatchObject(message("director"));
  expect(told("director.limits=1")).toMatchObject([{ message: "is not a field here" }]);
});

describe("a view", () => {
  const view = (query: string): unknown => attempt(() => parseViewUrl(query, context));

  test("is read like that of a list", () => {
    expect(view("")).toEqual({ select: undefined, include: [] });
    expect(view("select=id,title&include=director")).toEqual({
      select: ["id", "title"],
      include: [{ relation: "director", include: [] }],
    });
  });

  test.each([
    ["title=M", "/title", "unknown_parameter"],
    ["limit=1", "/limit", "unknown_parameter"],
    ["__proto__=1", "/__proto__", "unknown_parameter"],
    ["select=id&select=id", "/select", "repeated"],
    ["select=supplier", "/select", "unknown_field"],
  ])("?%s is refused", (query, path, code) => {
    expect(view(query)).toMatchObject([{ path, code }]);
  });
});

describe("an aggregate", () => {
  const aggregate = (query: string): unknown => attempt(() => parseAggregateUrl(query, context));

  test("has figures, groups and conditions", () => {
    expect(aggregate("group=status&sum=stock,total&max=at&stock[gt]=0&search=film")).toEqual({
      where: {
        kind: "and",
        of: [
          { kind: "search", words: ["film"] },
          { kind: "compare", field: "stock", path: [], comparison: "gt", operand: 0 },
        ],
      },
      group: ["status"],
      figures: { sum: ["stock", "total"], avg: [], min: [], max: ["at"] },
    });
  });

  test("knows no pages", () => {
    expect(aggregate("limit=5")).toMatchObject([{ path: "/limit", code: "unknown_field" }]);
    expect(aggregate("sum=supplier")).toMatchObject([{ path: "/sum", code: "unknown_field" }]);
  });
});

describe("a query string out of all bounds is refused at once and briefly", () => {
  test.each<[string, string]>([
    ["100,000 conditions", "stock=1&".repeat(100_000)],
    ["100,000 unknown parameters", Array.from({ length: 100_000 }, (_, index) => `k${index}=1`).join("&")],
    ["one parameter 100,000 times", "sort=title&".repeat(100_000)],
    ["100,000 values", `stock[in]=${"1,".repeat(100_000)}1`],
    ["100,000 relations", `director${".boss".repeat(100_000)}=1`],
    ["100,000 steps into JSON", `meta${".a".repeat(100_000)}=1`],
    ["100,000 brackets", `title${"[eq]".repeat(100_000)}=1`],
    ["100,000 brackets that open", `title${"[".repeat(100_000)}=1`],
    ["a name of a million characters", `${"a".repeat(1_000_000)}=1`],
    ["a number of a million digits", `stock=${"1".repeat(1_000_000)}x`],
    ["a limit of a million digits", `limit=${"1".repeat(1_000_000)}`],
    ["a million signs of percent", "%25".repeat(300_000)],
    ["a where nested 100,000 deep", `where=${'{"not":'.repeat(100_000)}{}${"}".repeat(100_000)}`],
    ["a where of 100,000 terms", `where={"or":[${'{"stock":1},'.repeat(100_000)}{}]}`],
    ["a where of brackets", `where=${"[".repeat(100_000)}`],
  ])("%s", (_, query) => {
    const refused = url(query);
    expect(refused).toSatisfy((found: unknown) => Array.isArray(found) && found.length > 0 && found.length <= 100);
    expect(JSON.stringify(refused).length).toBeLessThan(50_000);
  });
});
