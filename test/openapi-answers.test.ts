import { type App, createApp } from "galley/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backend } from "galley";
import shop from "../examples/shop/backend.ts";
import { films } from "../examples/shop/collections/films.ts";
import { coupons } from "../examples/shop/collections/coupons.ts";
import { openApiDocument, type OpenApiDocument } from "../src/openapi/openapi-document.ts";
import { assemble } from "../src/operations/assemble.ts";
import { checkedClient, type Send } from "./openapi/checked-client.ts";
import everyField from "./openapi/every-field.ts";

const administrator = { email: "admin@example.com", password: "a long enough password" };
const person = { email: "ada@example.com", password: "the engine of analysis" };

async function signIn(send: Send, who: { email: string; password: string }): Promise<Record<string, string>> {
  const { json } = await send("POST", "/api/auth/sign-in", who);
  return { authorization: `Bearer ${String(json.token)}` };
}

describe("the shop answers what its document says", () => {
  const small = backend({
    ...shop,
    seed: async ({ db }) => {
      await db.unrestricted(films).createMany([
        { title: "Metropolis", price: 1000, stock: 2, weight: 120, genre: "Drama", released: "1927-01-10" },
        { title: null, price: 500, stock: 0, weight: 120 },
      ]);
      await db.unrestricted(coupons).create({
        code: "OLD",
        percentOff: 10,
        validFrom: "2001-01-01T00:00:00Z",
        validUntil: "2002-01-01T00:00:00Z",
      });
    },
  });
  let app: App;
  let send: Send;
  let admin: Record<string, string>;
  let ada: Record<string, string>;

  beforeAll(async () => {
    app = await createApp(small, { administrator, rateLimits: false });
    send = checkedClient(app.fetch, openApiDocument(assemble(small)));
    admin = await signIn(send, administrator);
    const { json } = await send("POST", "/api/auth/sign-up", person);
    ada = { authorization: `Bearer ${String(json.token)}` };
  });
  afterAll(() => app.close());

  test("lists, with conditions, pages, includes and figures", async () => {
    await send("GET", "/api/films");
    await send("GET", "/api/films?total=true&limit=1&sort=-price,title&search=metropolis");
    await send("GET", "/api/films?include=reviews.author,orderLines&price[gte]=1&genre[in]=Drama,Comedy");
    await send("POST", "/api/films/search", {
      where: { or: [{ price: { lt: 600 } }, { genre: "Drama" }, { "reviews.stars": 5 }] },
      sort: ["-price"],
    });
    await send("GET", "/api/films/aggregate?group=genre&sum=price,stock&avg=price&min=title,price&max=released");
    await send("GET", "/api/films/aggregate");
    expect((await send("GET", "/api/films?colour=red")).json.code).toBe("invalid_query");
    expect((await send("GET", "/api/films?after=nonsense")).json.code).toBe("malformed");
    expect((await send("GET", "/api/films", undefined, { authorization: "Bearer wrong" })).status).toBe(401);
  });

  test("keeps records", async () => {
    const film = { title: "M", price: 900, stock: 3, weight: 100 };
    const { json: created, headers } = await send("POST", "/api/films", film, admin);
    const url = String(headers.get("location"));
    expect(created.title).toBe("M");
    await send("POST", "/api/films", [film, { ...film, cost: 100, supplierCode: "X" }], admin);
    await send("GET", url, undefined, admin);
    const { headers: got } = await send("GET", url);
    expect((await send("GET", url, undefined, { "if-none-match": String(got.get("etag")) })).status).toBe(304);
    await send("PATCH", url, { stock: { increment: 2 }, director: null }, admin);
    expect((await send("PATCH", url, { stock: 1 }, { ...admin, "if-match": '"old"' })).json.code).toBe(
      "precondition_failed",
    );
    await send("PUT", url, film, admin);
    expect((await send("PUT", "/api/films/0197a6c0-0000-7000-8000-000000000001", film, admin)).status).toBe(201);
    expect((await send("DELETE", url, undefined, admin)).status).toBe(204);
    expect((await send("GET", url)).json.code).toBe("not_found");
    expect((await send("POST", "/api/films", film)).json.code).toBe("unauthenticated");
    expect((await send("POST", "/api/films", film, ada)).json.code).toBe("forbidden");
    expect((await send("POST", "/api/films", { ...film, price: -1 }, admin)).json.code).toBe("invalid_input");
    expect((await send("POST", "/api/films", "{", admin)).json.code).toBe("malformed");
    expect((await send("POST", "/api/films", "x", { ...admin, "content-type": "text/plain" })).status).toBe(415);
    expect((await send("POST", "/api/films", [...Array(1001).keys()], admin)).json.code).toBe("too_large");
  });

  test("sells", async () => {
    const { json: page } = await send("GET", "/api/films?title=Metropolis");
    const film = String(page.data[0].id);
    const address = { name: "Ada", street: "1 Main St", city: "Berlin", postcode: "10115", country: "DE" };
    const key = { ...ada, "idempotency-key": "one" };
    await send("POST", "/api/actions/addToCart", { film }, ada);
    await send("POST", "/api/actions/addToCart", { film, quantity: 1 }, ada);
    await send("GET", "/api/actions/quote?country=DE", undefined, ada);
    expect((await send("GET", "/api/actions/quote?country=DE&coupon=OLD", undefined, ada)).json.code).toBe(
      "coupon_expired",
    );
    const { json: order } = await send("POST", "/api/actions/checkout", { address }, key);
    expect((await send("POST", "/api/actions/checkout", { address }, key)).headers.get("idempotency-replayed")).toBe(
      "true",
    );
    expect((await send("POST", "/api/actions/checkout", { address, coupon: "A" }, key)).json.code).toBe(
      "idempotency_mismatch",
    );
    expect((await send("POST", "/api/actions/checkout", { address }, ada)).json.code).toBe("cart_empty");
    expect((await send("POST", "/api/actions/addToCart", { film }, ada)).json.code).toBe("out_of_stock");
    expect((await send("POST", "/api/actions/addToCart", { film: "none" }, ada)).json.code).toBe("not_found");
    await send("POST", "/api/actions/shipOrder", { order: order.id }, admin);
    await send("GET", `/api/orders/${String(order.id)}?include=customer,lines.film`, undefined, ada);
    await send("GET", "/api/orders?include=customer,coupon", undefined, ada);
    await send("POST", "/api/reviews", { film, stars: 5 }, ada);
    expect((await send("POST", "/api/reviews", { film, stars: 5 }, ada)).json.code).toBe("conflict");
    await send("POST", "/api/batch", [
      { operation: "films.list", input: { limit: 1 } },
      { operation: "films.get", input: { id: film } },
    ]);
    expect((await send("POST", "/api/batch", [{ operation: "films.fly" }])).json.code).toBe("invalid_input");
  });

  test("lets people in and out", async () => {
    const session = await signIn(send, person);
    await send("GET", "/api/auth/session", undefined, session);
    expect((await send("GET", "/api/auth/session")).status).toBe(401);
    expect((await send("POST", "/api/auth/sign-up", person)).json.code).toBe("conflict");
    expect((await send("POST", "/api/auth/sign-up", { email: "no" })).json.code).toBe("invalid_input");
    const change = { currentPassword: person.password, newPassword: "another good password" };
    expect(
      (await send("POST", "/api/auth/change-password", { ...change, currentPassword: "wrong" }, session)).status,
    ).toBe(403);
    await send("POST", "/api/auth/change-password", change, session);
    await send("POST", "/api/auth/sign-out", {}, session);
  });

  test("says what limits calls", async () => {
    const limited = await createApp(small, { administrator });
    const send = checkedClient(limited.fetch, openApiDocument(assemble(small)));
    const tries = [];
    for (let index = 0; index < 11; index++) tries.push(await send("POST", "/api/auth/sign-in", person));
    expect(tries.at(-1)?.json.code).toBe("rate_limited");
    expect(tries.at(-1)?.headers.get("retry-after")).toMatch(/^\d+$/);
    await limited.close();
  });
});

describe("a backend with every field answers what its document says", () => {
  let app: App;
  let send: Send;
  let document: OpenApiDocument;
  let admin: Record<string, string>;

  beforeAll(async () => {
    app = await createApp(everyField, { administrator, rateLimits: false });
    document = openApiDocument(assemble(everyField));
    send = checkedClient(app.fetch, document);
    admin = await signIn(send, administrator);
  });
  afterAll(() => app.close());

  const full = {
    name: "A thing",
    count: 2,
    ratio: 0.5,
    price: 100,
    flag: true,
    at: "2026-03-01T09:30:00+01:00",
    day: "2026-03-01",
    size: "small",
    meta: { color: "red", deep: { list: [1, null] } },
    tags: ["a", "b"],
    points: [{ x: 1, y: 2 }],
    place: { city: "Berlin", spot: { x: null } },
    contact: "a@example.com",
    link: "https://example.com/",
    token: "0197a6c0-0000-7000-8000-000000000001",
    apiKey: "secret",
    note: "hidden",
    cost: 5,
  };

  test("keeps records of every kind of field", async () => {
    const { json: parent } = await send("POST", "/api/things", { name: "Parent" }, admin);
    const { json: thing } = await send("POST", "/api/things", { ...full, parent: parent.id }, admin);
    const url = `/api/things/${String(thing.id)}`;
    const { json: got } = await send("GET", url, undefined, admin);
    await send("GET", `${url}?include=parent.children,categories`);
    await send("GET", "/api/things?include=parent,children,categories");
    await send("PUT", url, { ...got, name: "Again" }, admin);
    await send(
      "PATCH",
      url,
      { meta: { color: null }, place: { spot: { x: 3 } }, ratio: { increment: 0.25 }, tags: [] },
      admin,
    );
    await send("PATCH", url, { place: null, ratio: null }, admin);
    await send("POST", "/api/things/search", {
      where: {
        meta: { color: { ne: "red" } },
        place: { city: "Berlin" },
        not: { "place.city": { startsWith: "B" } },
        tags: { has: "a" },
        parent: { name: "Parent" },
      },
      select: undefined,
    });
    await send("POST", "/api/categories", { id: "first", title: "First", thing: thing.id }, admin);
    await send("GET", "/api/categories/first?include=thing", undefined, admin);
    expect((await send("GET", "/api/categories")).status).toBe(401);
  });

  test("runs actions of every form", async () => {
    const { json: thing } = await send("POST", "/api/things", { name: "Moved" }, admin);
    await send("PUT", `/api/things/${String(thing.id)}/place/4.5`, { reason: "why" }, admin);
    await send("PUT", `/api/things/${String(thing.id)}/place/4.5`, undefined, admin);
    expect((await send("GET", "/api/actions/sumUp?names=a,b&exact=true")).json).toBe(2);
    expect((await send("POST", "/api/actions/quiet")).status).toBe(202);
    expect((await send("POST", "/api/actions/thingsList", {}, admin)).status).toBe(403);
  });

  test.each(["/api/things", "/api/things/aggregate", "/api/categories", "/api/categories/aggregate"])(
    "takes every query parameter that the document names for %s",
    async (path) => {
      const operation = document.paths[path]?.["get"] as { parameters: { $ref: string }[] };
      const known = document.components["parameters"] as Record<string, { name: string; schema: Schema }>;
      for (const { $ref } of operation.parameters) {
        const { name, schema } = known[$ref.split("/").at(-1) ?? ""] ?? { name: "", schema: {} };
        // A cursor can't be made up.
        if (name === "after") continue;
        const value = name === "include" ? (path.includes("things") ? "children" : "thing") : sampleOf(schema);
        const { status, json } = await send("GET", `${path}?${name}=${encodeURIComponent(value)}`, undefined, admin);
        expect(status, `${name}=${value}: ${JSON.stringify(json)}`).toBe(200);
      }
    },
  );
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly contentMediaType?: string;
}

/** A value that a query parameter of a schema takes. */
function sampleOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum[0] ?? "";
  if (schema.contentMediaType !== undefined) return "{}";
  const formats: Record<string, string> = {
    "date-time": "2026-03-01T09:30:00+01:00",
    date: "2026-03-01",
    uuid: "0197a6c0-0000-7000-8000-000000000001",
    email: "a@example.com",
    uri: "https://example.com/",
  };
  if (schema.format !== undefined) return formats[schema.format] ?? "";
  const [type] = [schema.type].flat();
  if (type === "array") return `${sampleOf(schema.items ?? {})},${sampleOf(schema.items ?? {})}`;
  return { boolean: "true", integer: "2", number: "2" }[type ?? ""] ?? "some";
}
