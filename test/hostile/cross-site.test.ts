import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "galley/server";
import backend from "../../examples/shop/backend.ts";
import { expectUnharmed } from "./expect-unharmed.ts";
import { type HostileShop, json, openHostileShop, type Reply } from "./hostile-shop.ts";

let shop: HostileShop;
let cookie: string;
beforeAll(async () => {
  shop = await openHostileShop();
  const { email, password } = shop.customer;
  const reply = await signIn([], { email, password });
  cookie = reply.headers.get("set-cookie")?.split(";")[0] ?? "";
});
afterAll(() => shop.close());

type Fields = readonly (readonly [string, string])[];

const signIn = (headers: Fields, body: unknown): Promise<Reply> =>
  shop.ways.socket({
    method: "POST",
    target: "/api/auth/sign-in",
    headers: [json, ...headers],
    body: JSON.stringify(body),
  });

/** A request that changes something, as the customer's browser sends it. */
const addToCart = (headers: Fields): Promise<Reply> =>
  shop.ways.socket({
    method: "POST",
    target: "/api/actions/addToCart",
    headers: [json, ["cookie", cookie], ...headers],
    body: JSON.stringify({ film: shop.film }),
  });

describe("a change that rides on the cookie", () => {
  test.for<[string, Fields]>([
    ["from a page of another site", [["origin", "https://evil.test"]]],
    ["from another port of the same host", [["origin", "http://shop.test:8080"]]],
    ["from the same host by another scheme", [["origin", "https://shop.test"]]],
    ["from a host that begins alike", [["origin", "http://shop.test.evil.test"]]],
    ["from a page without an origin", [["origin", "null"]]],
    ["from who doesn't say", []],
    ["from another site, as the browser says", [["sec-fetch-site", "cross-site"]]],
    ["from a sibling domain, as the browser says", [["sec-fetch-site", "same-site"]]],
    [
      "when the browser contradicts the origin",
      [
        ["sec-fetch-site", "cross-site"],
        ["origin", "http://shop.test"],
      ],
    ],
    ["with only a referer of ours", [["referer", "http://shop.test/"]]],
  ])("is refused %s", async ([what, headers]) => {
    const reply = await addToCart(headers);
    expectUnharmed(reply, what);
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([403, "forbidden"]);
    const lines = await shop.ways.socket({ method: "GET", target: "/api/cartLines", headers: [["cookie", cookie]] });
    expect(JSON.parse(lines.text).data).toEqual([]);
  });

  test("is refused for every method that changes, and on every kind of operation", async () => {
    const foreign = [json, ["cookie", cookie], ["origin", "https://evil.test"]] as const;
    for (const [method, target, body] of [
      ["POST", "/api/auth/sign-out", "{}"],
      ["POST", "/api/auth/change-password", '{"currentPassword":"a","newPassword":"bbbbbbbb"}'],
      ["POST", "/api/auth/sign-in", JSON.stringify(shop.customer)],
      ["POST", "/api/batch", "[]"],
      ["POST", "/api/films/search", "{}"],
      ["PATCH", `/api/users/${shop.customer.id}`, '{"email":"evil@evil.test"}'],
      ["PUT", `/api/users/${shop.customer.id}`, '{"email":"evil@evil.test"}'],
      ["DELETE", `/api/users/${shop.customer.id}`, "{}"],
    ] as const) {
      const reply = await shop.ways.socket({ method, target, headers: foreign, body });
      expect(reply.status, `${method} ${target}`).toBe(403);
      expect(reply.headers.has("set-cookie")).toBe(false);
    }
    expect((await shop.ways.socket({ method: "GET", target: "/api/auth/session", headers: foreign })).status).toBe(200);
  });

  test.for<[string, Fields]>([
    ["from our own page", [["origin", "http://shop.test"]]],
    ["from our own page, as the browser says", [["sec-fetch-site", "same-origin"]]],
    ["with the header that other sites can't set", [["x-csrf-token", "1"]]],
    [
      "with that header, wherever it comes from",
      [
        ["x-csrf-token", "anything"],
        ["origin", "https://app.test"],
      ],
    ],
  ])("is made %s", async ([, headers]) => {
    expect((await addToCart(headers)).status).toBe(200);
  });

  test("needs no cookie where there is a bearer token", async () => {
    const headers = [
      json,
      ["authorization", `Bearer ${shop.tokens.customer}`],
      ["origin", "https://app.test"],
    ] as const;
    const body = JSON.stringify({ film: shop.film });
    expect((await shop.ways.socket({ method: "POST", target: "/api/actions/addToCart", headers, body })).status).toBe(
      200,
    );
  });
});

describe("a page of another site", () => {
  const preflight: Fields = [
    ["origin", "https://evil.test"],
    ["access-control-request-method", "DELETE"],
    ["access-control-request-headers", "x-csrf-token, authorization"],
  ];

  test("is granted nothing unless its origin is named", async () => {
    const asked = await shop.ways.socket({ method: "OPTIONS", target: "/api/films", headers: preflight });
    expect(asked.status).toBe(204);
    const read = await shop.ways.socket({ method: "GET", target: "/api/films", headers: preflight.slice(0, 1) });
    for (const { headers } of [asked, read]) {
      for (const [name] of headers) expect(name).not.toMatch(/^access-control-/);
    }
  });

  test("is told what it may, and by name, when it is", async () => {
    const app = await createApp(backend, { corsOrigins: ["https://app.test"], rateLimits: false });
    try {
      const from = (origin: string) =>
        app.fetch(new Request("http://shop.test/api/films?limit=1", { headers: { origin } }));
      const known = await from("https://app.test");
      expect(known.headers.get("access-control-allow-origin")).toBe("https://app.test");
      expect(known.headers.get("access-control-allow-credentials")).toBe("true");
      expect(known.headers.get("vary")?.toLowerCase()).toContain("origin");
      for (const origin of ["https://evil.test", "https://app.test.evil.test", "null", "https://APP.test", "*"]) {
        const other = await from(origin);
        expect(other.headers.get("access-control-allow-origin"), origin).toBeNull();
        expect(other.headers.get("vary")?.toLowerCase()).toContain("origin");
      }
    } finally {
      await app.close();
    }
  });

  test("can neither frame an answer nor have it taken for another type", async () => {
    for (const target of ["/api/films", "/nowhere", "/healthz", "/metrics"]) {
      const { headers } = await shop.ways.socket({ method: "GET", target });
      expect(headers.get("x-content-type-options"), target).toBe("nosniff");
      expect(headers.get("content-security-policy"), target).toContain("frame-ancestors 'none'");
      expect(headers.get("cross-origin-resource-policy"), target).toBe("same-origin");
      expect(headers.get("referrer-policy"), target).toBe("no-referrer");
    }
  });
});

describe("credentials", () => {
  const ask = (headers: Fields): Promise<Reply> =>
    shop.ways.socket({ method: "GET", target: "/api/auth/session", headers });

  test.for([
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer x y",
    "Bearer ' OR 1=1--",
    `Bearer ${"a".repeat(10_000)}`,
    "Basic YWRtaW46YWRtaW4=",
    "Digest username=admin",
    "Negotiate x",
    "null",
    "undefined",
    "Bearer undefined",
    "Bearer null",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "Bearer \xff\xfe",
    "bearer",
    "",
  ])("%s are refused with a way to sign in", async (authorization) => {
    const reply = await ask([["authorization", authorization]]);
    expectUnharmed(reply, authorization, [authorization]);
    expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test("sent twice are refused", async () => {
    const bearer = ["authorization", `Bearer ${shop.tokens.customer}`] as const;
    expect((await ask([bearer])).status).toBe(200);
    expect((await ask([bearer, bearer])).status).toBe(401);
    expect((await ask([bearer, ["authorization", "Bearer x"]])).status).toBe(401);
  });

  test("a bad token is not made good by a good cookie", async () => {
    expect((await ask([["cookie", cookie]])).status).toBe(200);
    const both: Fields = [
      ["cookie", cookie],
      ["authorization", "Bearer x"],
    ];
    expect((await ask(both)).status).toBe(401);
  });

  test.for([
    "session",
    "session=",
    "=",
    ";;;=;;;",
    "session=x; session=y",
    `session=${"a".repeat(10_000)}`,
    "session=' OR 1=1--",
    "session=\xff",
    "__Host-session=x",
    "constructor=1; __proto__=2",
  ])("the cookie %s is nobody's", async (sent) => {
    const reply = await ask([["cookie", sent]]);
    expectUnharmed(reply, sent, [sent]);
    expect(reply.status).toBe(401);
    expect((await shop.ways.socket({ method: "GET", target: "/api/films", headers: [["cookie", sent]] })).status).toBe(
      200,
    );
  });

  test("an old cookie keeps nobody from signing in anew", async () => {
    const { email, password } = shop.customer;
    const own: Fields = [
      ["cookie", "session=of-long-ago"],
      ["origin", "http://shop.test"],
    ];
    const reply = await signIn(own, { email, password });
    expect(reply.status).toBe(200);
    const fresh = reply.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await ask([["cookie", fresh]])).status).toBe(200);
    const out = await shop.ways.socket({
      method: "POST",
      target: "/api/auth/sign-out",
      headers: [json, ["cookie", fresh], ["origin", "http://shop.test"]],
      body: "{}",
    });
    expect([out.status, out.headers.get("set-cookie")]).toEqual([
      204,
      expect.stringMatching(/^session=; .*Max-Age=0$/),
    ]);
    expect((await ask([["cookie", fresh]])).status).toBe(401);
  });

  test("known and unknown accounts are refused alike", async () => {
    const known = await signIn([], { email: shop.customer.email, password: "wrong password" });
    const unknown = await signIn([], { email: "nobody@example.com", password: "wrong password" });
    const told = ({ status, text }: Reply): unknown => ({ status, ...JSON.parse(text), requestId: "" });
    expect(told(known)).toEqual(told(unknown));
    expect(known.status).toBe(401);
  });

  test.for<[string, unknown]>([
    ["an object in the place of the password", { email: "victim@example.com", password: { ne: "" } }],
    ["an operator in the place of the address", { email: { contains: "@" }, password: "a password" }],
    ["lists", { email: ["victim@example.com"], password: ["a"] }],
    ["SQL", { email: "' OR 1=1--@example.com", password: "' OR 1=1--" }],
    ["a password without end", { email: "victim@example.com", password: "a".repeat(500_000) }],
    ["more than is asked for", { email: "victim@example.com", password: "a password", roles: ["admin"] }],
  ])("%s signs nobody in", async ([what, body]) => {
    const reply = await signIn([], body);
    expectUnharmed(reply, what);
    expect([401, 422]).toContain(reply.status);
    expect(reply.headers.has("set-cookie")).toBe(false);
  });

  test("nobody signs up as more than they are", async () => {
    const account = { email: "climber@example.com", password: "a good password" };
    for (const more of [{ roles: ["admin"] }, { id: shop.customer.id }, { version: 9 }, { createdAt: "2000-01-01" }]) {
      const body = JSON.stringify({ ...account, ...more });
      const reply = await shop.ways.socket({ method: "POST", target: "/api/auth/sign-up", headers: [json], body });
      expectUnharmed(reply, JSON.stringify(more));
      expect(reply.status).toBe(422);
    }
    const taken = JSON.stringify({ email: shop.customer.email.toUpperCase(), password: "a good password" });
    const reply = await shop.ways.socket({ method: "POST", target: "/api/auth/sign-up", headers: [json], body: taken });
    expect(reply.status).toBe(409);
  });
});

describe("an Idempotency-Key", () => {
  const review = (key: string, token: string, body: unknown = { film: shop.film, stars: 5 }): Promise<Reply> =>
    shop.ways.socket({
      method: "POST",
      target: "/api/reviews",
      headers: [json, ["authorization", `Bearer ${token}`], ["idempotency-key", key]],
      body: JSON.stringify(body),
    });

  test.for(["", " ", "a b", "é", "a".repeat(256), "\t", '""', '"a b"'])("that is %j is refused", async (key) => {
    const reply = await review(key, shop.tokens.customer);
    expectUnharmed(reply, key, [key]);
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([400, "malformed"]);
  });

  test.for(
    ["'; DROP TABLE films;--", "__proto__", "%00", "../../x", "*", '"a"b"'].map((key) => key.replaceAll(" ", "")),
  )("that is %s is a key like any other", async (key) => {
    const gone = await review(key, shop.tokens.customer, { film: shop.film, stars: 99 });
    expectUnharmed(gone, key, [key]);
    expect(gone.status).toBe(422);
  });

  test("is one's own: who guesses another's key learns and repeats nothing", async () => {
    const first = await review("guessed", shop.tokens.customer);
    expect(first.status).toBe(201);
    const other = await review("guessed", shop.tokens.admin);
    expect([other.status, other.headers.get("idempotency-replayed")]).toEqual([201, undefined]);
    expect(JSON.parse(other.text).id).not.toBe(JSON.parse(first.text).id);
    const anonymous = await shop.ways.socket({
      method: "POST",
      target: "/api/reviews",
      headers: [json, ["idempotency-key", "guessed"]],
      body: JSON.stringify({ film: shop.film, stars: 5 }),
    });
    expect(anonymous.status).toBe(401);
    const again = await review("guessed", shop.tokens.customer);
    expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
  });

  test("can't be used for another path, body or condition", async () => {
    const send = (method: string, target: string, body: string, more: Fields = []): Promise<Reply> =>
      shop.ways.socket({
        method,
        target,
        headers: [json, ["authorization", `Bearer ${shop.tokens.admin}`], ["idempotency-key", "one"], ...more],
        body,
      });
    expect((await send("PATCH", `/api/films/${shop.film}`, '{"price":7}')).status).toBe(200);
    for (const other of [
      await send("PATCH", `/api/films/${shop.film}`, '{"price":8}'),
      await send("PATCH", `/api/films/${shop.film}`, '{"price":7}', [["if-match", '"x"']]),
      await send("PUT", `/api/films/${shop.film}`, '{"price":7,"stock":1,"weight":1}'),
      await send("DELETE", `/api/films/${shop.film}`, ""),
      await send("POST", "/api/films", '{"price":7,"stock":1,"weight":1}'),
    ]) {
      expect([other.status, JSON.parse(other.text).code]).toEqual([422, "idempotency_mismatch"]);
    }
  });
});
