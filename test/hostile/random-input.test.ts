import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../../examples/shop/backend.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { restRoutes } from "../../src/rest/rest-routes.ts";
import { operators } from "../../src/schema/operators.ts";
import { expectUnharmed } from "./expect-unharmed.ts";
import { type HostileShop, json, openHostileShop } from "./hostile-shop.ts";

let shop: HostileShop;
beforeAll(async () => {
  shop = await openHostileShop();
});
afterAll(() => shop.close());

const { model, operations } = assemble(backend);
const execute = (): Promise<never> => Promise.reject(new Error("not called"));
// Who signs in or out in the middle of it changes what the others are told.
const routes = restRoutes({ assembly: assemble(backend), execute, bodyLimit: 1 }).filter(
  ({ path }) => !path.startsWith("/api/auth/sign-out"),
);
// Names of the inside would look as if they had been given away where they are only repeated.
const collections = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
const names = [...new Set(collections.flatMap(({ fields }) => [...fields.keys()]))];

const nasty = [
  "",
  " ",
  "\0",
  "\ud800",
  "\udfff\ud800",
  "__proto__",
  "constructor",
  "'; DROP TABLE films;--",
  '" OR ""="',
  "%",
  "../../../etc/passwd",
  "${7*7}",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b",
  "\u202e\u2066",
  "😀".repeat(50),
  "a".repeat(20_000),
  "NaN",
  "1e999",
  "-0",
  "2020-02-30",
  "2020-02-30T25:61:61Z",
  "9999-12-31T23:59:59.999999999Z",
  "-271821-04-20T00:00:00Z",
  "00000000-0000-0000-0000-000000000000",
  "javascript:alert(1)",
  "a@b",
];
const numbers = [0, -0, -1, 0.1, 1e21, 1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63, 2 ** 64];

const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...names, "increment", "film", "quantity", "address", "coupon", "order") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...operators, "and", "or", "not", "where", "sort", "limit", "after", "search"),
  },
  { weight: 1, arbitrary: fc.constantFrom(...nasty, "a/b~c", "select", "include", "total", "operation", "input") },
);
/** Any JSON, with a liking for what programs trip over, and for what would be right. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom<unknown>(...nasty, ...numbers, null, true, false) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
    { weight: 1, arbitrary: fc.double() },
    { weight: 1, arbitrary: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()) },
    // Stands for the id of a record that there is.
    { weight: 2, arbitrary: fc.constant("$film") },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: false }) },
  ),
}));
const record = fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: false });
const member = fc.record({
  operation: fc.constantFrom(...operations.keys(), ...nasty),
  input: fc.oneof(record, value),
});
const body = fc.oneof(
  { weight: 3, arbitrary: record },
  { weight: 1, arbitrary: value },
  { weight: 1, arbitrary: fc.array(record, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(member, { maxLength: 4 }) },
);

const address = { name: "Ada", street: "1 Main St", city: "Berlin", postcode: "10115", country: "DE" };
/** What would be right, by the name of the collection or action. */
const right: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  films: { title: "M", genre: "Drama", released: "1931-05-11", rating: 8.3, price: 900, stock: 3, weight: 120 },
  reviews: { film: "$film", stars: 5, text: "Good." },
  carts: { customer: "$customer" },
  addresses: { customer: "$customer", ...address },
  coupons: { code: "A1", percentOff: 5, validFrom: "2020-01-01T00:00:00Z", validUntil: "2099-01-01T00:00:00Z" },
  orders: { customer: "$customer", address, items: 0, discount: 0, shipping: 0, total: 0 },
  users: { email: "someone@example.com", roles: ["clerk"] },
  addToCart: { film: "$film", quantity: 2 },
  removeFromCart: { film: "$film" },
  checkout: { address, coupon: "A1" },
};
/** The same with one field wrong, and so what comes furthest in. */
const nearlyRight = fc
  .tuple(fc.constantFrom(...Object.entries(right)), fc.integer({ min: 0, max: 20 }), value, fc.boolean())
  .map(([[name, whole], place, wrong, alone]) => {
    const fields = Object.keys(whole);
    const field = fields[place % fields.length] ?? "";
    return { name, input: alone ? { [field]: wrong } : { ...whole, [field]: wrong } };
  });

/** A text as the body of JSON may spell it: `JSON.stringify` would write what can't be read as something else. */
const spelled = (of: unknown): string => filledIn(JSON.stringify(of) ?? "");
const filledIn = (text: string): string =>
  text.replaceAll("$film", shop.film).replaceAll("$customer", shop.customer.id);

/** Names and values of a query string; what has no encoding of its own is left as it is. */
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...names, "$film", "-price", "id,title", "5", "true", "null") },
  { weight: 1, arbitrary: fc.constantFrom(...nasty.filter((text) => text.length < 1000)) },
  { weight: 1, arbitrary: record.map((of) => JSON.stringify(of).slice(0, 2000)) },
);
const name = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom(...operators)).map(([of, by]) => `${of}[${by}]`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("where", "sort", "limit", "after", "select", "include", "search", "total", "group"),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).map((path) => path.join(".")),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...names, "sum", "avg", "min", "max", ...nasty.filter((of) => of.length < 100)),
  },
);
const encoded = (text: string): string => encodeURIComponent(filledIn(text).toWellFormed());

describe("whatever is sent to any operation", () => {
  const run = async (of: {
    readonly route: (typeof routes)[number];
    readonly pairs: readonly (readonly [string, string])[];
    readonly id: string;
    readonly input: unknown;
    readonly caller: string;
  }): Promise<void> => {
    const { method, path } = of.route;
    const query = of.pairs.map((pair) => pair.map(encoded).join("=")).join("&");
    const target = `${path.replaceAll(/:[A-Za-z]+/g, encoded(of.id) || "x")}${query === "" ? "" : `?${query}`}`;
    const token = of.caller === "admin" ? shop.tokens.admin : shop.tokens.customer;
    const reply = await shop.ways.fetch({
      method,
      target,
      headers: [json, ...(of.caller === "anonymous" ? [] : [["authorization", `Bearer ${token}`] as const])],
      ...(method === "GET" ? {} : { body: spelled(of.input) }),
    });
    const sent = [...of.pairs.flat(), of.id, ...nasty, target];
    expectUnharmed(reply, `${method} ${target.slice(0, 300)} ${spelled(of.input).slice(0, 300)} as ${of.caller}`, sent);
  };

  const callers = fc.constantFrom("anonymous", "customer", "admin");
  const id = fc.oneof(fc.constant("$film"), fc.constantFrom(...nasty.filter((of) => of.length < 1000)));
  const time = { timeout: 120_000 };

  test("in the body is answered or refused, and shows nothing", time, async () => {
    const changing = routes.filter(({ method }) => method !== "GET");
    const parts = {
      route: fc.constantFrom(...changing),
      pairs: fc.constant([]),
      id,
      input: body,
      caller: callers,
    };
    await fc.assert(fc.asyncProperty(fc.record(parts), run), { numRuns: 1500 });
  });

  test("with one thing wrong is answered or refused, and shows nothing", time, async () => {
    const changing = routes.filter(({ method }) => method !== "GET" && method !== "DELETE");
    const parts = { wrong: nearlyRight, at: fc.integer({ min: 0, max: 99 }), id, caller: callers };
    const attack = fc.asyncProperty(fc.record(parts), async ({ wrong: { name: of, input }, at, ...rest }) => {
      const fitting = changing.filter(({ path }) => path.split("/").includes(of));
      const route = fitting[at % fitting.length];
      if (route !== undefined) await run({ ...rest, route, pairs: [], input });
    });
    await fc.assert(attack, { numRuns: 2000 });
  });

  test("in the query is answered or refused, and shows nothing", time, async () => {
    const pairs = fc.array(fc.tuple(name, word), { maxLength: 5 });
    const parts = { route: fc.constantFrom(...routes), pairs, id, input: record, caller: callers };
    await fc.assert(fc.asyncProperty(fc.record(parts), run), { numRuns: 1500 });
  });

  test("as a search or a batch is answered or refused, and shows nothing", time, async () => {
    const asking = routes.filter(({ path }) => path.endsWith("/search") || path === "/api/batch");
    const where = fc.record(
      { where: record, sort: value, limit: value, select: value, include: value },
      { requiredKeys: [] },
    );
    const input = fc.oneof(where, fc.array(member, { maxLength: 6 }));
    const parts = { route: fc.constantFrom(...asking), pairs: fc.constant([]), id, input, caller: callers };
    await fc.assert(fc.asyncProperty(fc.record(parts), run), { numRuns: 1000 });
  });

  test("leaves the shop as it was for everyone else", async () => {
    expect((await shop.ways.fetch({ method: "GET", target: "/readyz" })).status).toBe(200);
    const films = await shop.ways.fetch({ method: "GET", target: "/api/films?limit=200" });
    expect(films.status).toBe(200);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
