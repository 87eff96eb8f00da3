import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectUnharmed } from "./expect-unharmed.ts";
import { type HostileShop, json, openHostileShop, type Reply } from "./hostile-shop.ts";

let shop: HostileShop;
beforeAll(async () => {
  shop = await openHostileShop();
});
afterAll(() => shop.close());

type Fields = readonly (readonly [string, string])[];

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
