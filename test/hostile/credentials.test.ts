import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
