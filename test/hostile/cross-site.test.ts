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
