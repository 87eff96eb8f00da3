import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectUnharmed } from "./expect-unharmed.ts";
import { hiddenCode, type HostileShop, json, openHostileShop, type Reply } from "./hostile-shop.ts";

let shop: HostileShop;
beforeAll(async () => {
  shop = await openHostileShop();
});
afterAll(() => shop.close());

const list = (query: string, token?: string): Promise<Reply> =>
  shop.ways.socket({
    method: "GET",
    target: `/api/films?${query}`,
    headers: token === undefined ? [] : [["authorization", `Bearer ${token}`]],
  });

const search = (query: unknown, token?: string): Promise<Reply> =>
  shop.ways.socket({
    method: "POST",
    target: "/api/films/search",
    headers: [json, ...(token === undefined ? [] : [["authorization", `Bearer ${token}`] as const])],
    body: typeof query === "string" ? query : JSON.stringify(query),
  });

const many = <T>(count: number, one: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => one(at));
const nested = (depth: number, key: string): unknown => {
  let where: unknown = { title: "a" };
  for (let level = 0; level < depth; level++) where = key === "not" ? { not: where } : { [key]: [where] };
  return { where };
};

/** A query in JSON, each of them refused. */
const refused: readonly (readonly [what: string, query: unknown])[] = [
  ["100,000 alternatives", { where: { or: many(100_000, () => ({})) } }],
  ["50,000 conditions", { where: { and: many(50_000, () => ({ price: 1 })) } }],
  ["100,000 values", { where: { title: { in: many(100_000, () => "a") } } }],
  ["40,000 fields", { where: Object.fromEntries(many(40_000, (at) => [`field${at}`, 1])) }],
  ["40,000 operators", { where: { price: Object.fromEntries(many(40_000, (at) => [`op${at}`, 1])) } }],
  ["10,000 sort keys", { sort: many(10_000, () => "price").join() }],
  ["100,000 selected fields", { select: many(100_000, () => "id").join() }],
  ["an endless include", { include: many(1000, () => "reviews.film").join(".") }],
  ["many includes", { include: many(10_000, () => "reviews").join() }],
  ["100,000 words", { search: many(100_000, () => "ab").join(" ") }],
  ["a where that is a list", { where: [{ title: "a" }] }],
  ["a where that is text", { where: '{"title":"a"}' }],
  ["an or of nothing that is one", { where: { or: "title" } }],
  ["a not of a list", { where: { not: [] } }],
  ["a field of the prototype", { where: { constructor: 1 } }],
  ["an operator of the prototype", { where: { price: { constructor: 1 } } }],
  ["an operator of another database", { where: { price: { $gt: 1 } } }],
  ["code", { where: { $where: "sleep(1000)" } }],
  ["a comparison with an object", { where: { price: { gt: { lt: 1 } } } }],
  ["a comparison with text", { where: { price: { gt: "1 OR 1=1" } } }],
  ["a text operator on a number", { where: { price: { contains: "1" } } }],
  ["NUL", { where: { title: "a\0b" } }],
  ["a lone surrogate", { where: { title: "\ud800" } }],
  ["a limit of nothing", { limit: 0 }],
  ["a limit of too much", { limit: 201 }],
  ["a limit below nothing", { limit: -1 }],
  ["a limit in parts", { limit: 1.5 }],
  ["a limit without end", '{"limit":1e999}'],
  ["a limit in text", { limit: "1; DROP TABLE films" }],
  ["a total that is no boolean", { total: 1 }],
  ["a parameter that there isn't", { having: 1 }],
  ["__proto__", '{"__proto__":{"limit":200}}'],
  ["a sort by SQL", { sort: "price; DROP TABLE films" }],
  ["a sort by a function", { sort: "random()" }],
  ["a sort by a number of a column", { sort: "1" }],
  ["a sort by JSON", { sort: { price: 1 } }],
  ["a selected star", { select: "*" }],
  ["a selected expression", { select: "id,(SELECT 1)" }],
  ["an include of what is no relation", { include: "title" }],
  ["a query that is a list", [{ limit: 1 }]],
  ["a query that is null", "null"],
];

describe("a query", () => {
  test.for(refused)("with %s is refused", async ([what, query]) => {
    for (const token of [undefined, shop.tokens.admin]) {
      const reply = await search(query, token);
      expectUnharmed(reply, what);
      expect([400, 413], `${what}: ${reply.status} ${reply.text.slice(0, 300)}`).toContain(reply.status);
      expect(reply.text.length).toBeLessThan(40_000);
    }
  });

  test.for(["and", "or", "not"])("nested with %s is answered or refused at every depth", async (key) => {
    for (const depth of [1, 5, 10, 14, 15, 20, 30, 31, 32, 40, 1000]) {
      const reply = await search(nested(depth, key));
      expectUnharmed(reply, `${key} ${depth}`);
      if (depth <= 5) expect(reply.status).toBe(200);
      if (depth >= 40) expect(reply.status).toBe(400);
    }
  });

  test("with as many terms as are taken is answered", async () => {
    for (const count of [1, 10, 50, 100, 200, 500, 1000, 5000]) {
      expectUnharmed(await search({ where: { or: many(count, (at) => ({ price: at })) } }), `or ${count}`);
      expectUnharmed(await search({ where: { price: { in: many(count, (at) => at) } } }), `in ${count}`);
      const related = many(count, () => ({ reviews: { stars: 5 } }));
      expectUnharmed(await search({ where: { and: related } }), `relations ${count}`);
    }
  });

  test.for([
    "title=a&title=b",
    "limit=1&limit=2",
    "sort=price&sort=title",
    "where={}&where={}",
    "title[]=a",
    "title[eq][eq]=a",
    "title[=a",
    "title]=a",
    "[eq]=a",
    "=a",
    "&&&=",
    "title[__proto__]=a",
    "__proto__[title]=a",
    "constructor.prototype=a",
    "title.length=1",
    "where=",
    "where={",
    "where=[]",
    "where=null",
    `where=${encodeURIComponent('{"or":['.repeat(300))}`,
    "price=1e999",
    "price=NaN",
    "price=0x10",
    "price=١٢",
    "price[in]=1,,2",
    "price[isNull]=maybe",
    "title=%00",
    "title=%",
    "title=%ff",
    "title=%ed%a0%80",
    "limit=1%00",
    "limit=%D9%A1",
    "sort=,",
    "sort=--price",
    "select=,",
    "select=id,id,nothing",
    "include=.",
    "after=",
    "reviews.author.email=victim@example.com&limit=x",
    `${"price=1&".repeat(500)}price=1`,
  ])("spelled %s is refused", async (query) => {
    const reply = await list(query);
    expectUnharmed(reply, query, [query, decodeURIComponentOr(query)]);
    // A comparison of one field may stand twice: both have to hold.
    const contradicts = reply.status === 200 && JSON.parse(reply.text).data.length === 0;
    expect(reply.status === 400 || contradicts, `${reply.status} ${reply.text.slice(0, 300)}`).toBe(true);
  });

  test("finds wildcards and quotes of other languages as the letters they are", async () => {
    for (const letters of ["%", "_", "*", "?", "\\", "'", '"', "' OR '1'='1", "%' --", ".*", "[a-z]", "\\%"]) {
      for (const operator of ["eq", "contains", "startsWith"]) {
        const reply = await list(`title[${operator}]=${encodeURIComponent(letters)}`);
        expectUnharmed(reply, letters, [letters]);
        expect(JSON.parse(reply.text).data, `${operator} ${letters}`).toEqual([]);
      }
    }
    expect(JSON.parse((await list("title[contains]=tropoli")).text).data).toHaveLength(1);
  });

  test("in the language of the full-text index finds words, and commands nothing", async () => {
    const spellings = [
      '"',
      "*",
      "a*",
      "title:metropolis",
      "metropolis OR nosferatu",
      "NEAR(a b)",
      "-metropolis",
      "^a",
      "(",
    ];
    const more = [
      "{title}",
      "AND",
      "NOT",
      "a AND",
      "''",
      "\u0000x",
      ";",
      "metropolis' OR 1=1",
      "😀",
      "e\u0301",
      "\u200b",
    ];
    for (const words of [...spellings, ...more]) {
      const reply = await search({ search: words });
      expectUnharmed(reply, words, [words]);
      expect(reply.status === 200 ? JSON.parse(reply.text).data.length : 0, words).toBeLessThanOrEqual(1);
    }
  });
});

describe("a cursor", () => {
  const spell = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  test("that was changed or made up is refused", async () => {
    const first = await list("limit=1&sort=-price");
    const { next }: { next: string } = JSON.parse(first.text);
    const known: unknown[] = JSON.parse(Buffer.from(next, "base64url").toString());
    const forged = [
      "x",
      "!!!",
      "null",
      spell(null),
      spell({}),
      spell([]),
      spell([known[0]]),
      spell([...known, "more"]),
      spell([known[0], {}, {}]),
      spell([known[0], ["a"], known[2]]),
      spell([known[0], "1 OR 1=1", known[2]]),
      spell(["price,id", ...known.slice(1)]),
      spell(["-price,-id;DROP TABLE films", ...known.slice(1)]),
      spell([known[0], known[1], "a\0b"]),
      spell([known[0], known[1], "\ud800"]),
      `${next}${"A".repeat(5000)}`,
      next.slice(0, -3),
      Array.from(next).toReversed().join(""),
      Buffer.from(`[${"[".repeat(2000)}`).toString("base64url"),
      Buffer.from([0xff, 0xfe, 0x00]).toString("base64url"),
    ];
    for (const after of forged) {
      const reply = await list(`limit=1&sort=-price&after=${encodeURIComponent(after)}`);
      expectUnharmed(reply, after, [after]);
      expect([reply.status, JSON.parse(reply.text).code], after).toEqual([400, "malformed"]);
    }
    // One of another order, or of another list, is none of this one.
    expect((await list(`limit=1&sort=price&after=${next}`)).status).toBe(400);
  });

  test("with values of one's own choice shows no more than the list itself", async () => {
    const first = await list("limit=1&sort=-price");
    const known: unknown[] = JSON.parse(Buffer.from(JSON.parse(first.text).next, "base64url").toString());
    for (const value of [null, 0, -1, Number.MAX_SAFE_INTEGER, 1.5]) {
      const reply = await list(`sort=-price&after=${spell([known[0], value, known[2]])}`);
      expectUnharmed(reply, String(value));
    }
  });
});

describe("a field that is hidden, or not for the caller", () => {
  test.for(["supplierCode", "cost", "_row", "reviews.author._credentials.hash", "reviews.author.password"])(
    "can't be named to find it out: %s",
    async (name) => {
      const queries = [
        `${name}=${hiddenCode}`,
        `${name}[startsWith]=WH`,
        `${name}[isNull]=false`,
        `where=${encodeURIComponent(JSON.stringify({ [name]: hiddenCode }))}`,
        `sort=${name}`,
        `select=id,${name}`,
        `include=${name}`,
      ];
      const aggregates = [`group=${name}`, `min=${name}`, `max=${name}`, `sum=${name}`, `count=true&${name}=1`];
      const tokens = name === "cost" ? [undefined, shop.tokens.customer] : [undefined, shop.tokens.admin];
      for (const token of tokens) {
        const headers = token === undefined ? [] : [["authorization", `Bearer ${token}`] as const];
        for (const target of [
          ...queries.map((query) => `/api/films?${query}`),
          ...aggregates.map((query) => `/api/films/aggregate?${query}`),
          `/api/films/${shop.film}?select=${name}`,
        ]) {
          const reply = await shop.ways.socket({ method: "GET", target, headers });
          expectUnharmed(reply, target, [hiddenCode, name, ...name.split(".")]);
          expect([reply.status, JSON.parse(reply.text).code], target).toEqual([400, "invalid_query"]);
        }
        const posted = await search({ where: { [name]: { startsWith: "WH" } } }, token);
        expect(posted.status).toBe(400);
      }
      expect((await search({ search: hiddenCode })).text).toContain('"data":[]');
    },
  );

  test("is refused in the very words for one that there isn't", async () => {
    const told = async (name: string): Promise<unknown> => {
      const { errors } = JSON.parse((await list(`${name}=1`)).text);
      const said = JSON.stringify(errors).replace(/; did you mean \w+\?/, "");
      return JSON.parse(said.replaceAll(name, "NAME"));
    };
    expect(await told("supplierCode")).toEqual(await told("nothingOfTheKind"));
    expect(await told("cost")).toEqual(await told("nothingOfTheKind"));
  });

  test("is never what somebody may have meant", async () => {
    for (const query of [
      "supplierCod=1",
      "sort=suplierCode",
      "select=supplierCoda",
      "costs=1",
      "sort=-costs",
      "stok=1",
    ]) {
      const { text } = await list(query);
      expect(text, query).toContain("is not a field here");
      expect(text, query).not.toMatch(/did you mean (supplierCode|cost)\b/);
    }
    expect((await list("stok=1")).text).toContain("did you mean stock?");
  });
});

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
