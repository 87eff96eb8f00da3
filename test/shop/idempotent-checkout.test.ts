import { afterEach, beforeEach, expect, test } from "vitest";
import { type OpenShop, openShop } from "./open-shop.ts";
import { address, type Film, type Order, type Visitor } from "./shop-client.ts";

const key = { "idempotency-key": "order-of-the-day" };

let open: OpenShop;
let ada: Visitor;
let film: Film;
beforeEach(async () => {
  open = await openShop();
  ada = await open.customer("ada");
  film = (await ada.get<{ data: [Film] }>("/films?title=Metropolis")).data[0];
  await ada.act("addToCart", { film: film.id, quantity: 2 });
});
afterEach(() => open.close());

test("a checkout sent 20 times at once with one key is one order", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ada.act("checkout", { address }, key)));

  const done = answers.filter(({ code }) => code !== "idempotency_in_progress");
  expect(done.map(({ status }) => status)).toEqual(done.map(() => 200));
  expect(new Set(done.map(({ text }) => text)).size).toBe(1);
  expect(done.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
  expect((await ada.get<{ data: Order[] }>("/orders")).data).toHaveLength(1);
  expect((await ada.get<Film>(`/films/${film.id}`)).stock).toBe(48);

  const later = await ada.act("checkout", { address }, key);
  expect(later).toMatchObject({ status: 200, text: done[0]?.text });
  expect(later.headers.get("idempotency-replayed")).toBe("true");
});

test("a key belongs to one request: another body is refused, another customer has keys of their own", async () => {
  await ada.act("checkout", { address }, key);
  const other = await ada.act("checkout", { address: { ...address, city: "Hamburg" } }, key);
  expect(other).toMatchObject({ status: 422, code: "idempotency_mismatch" });

  const bob = await open.customer("bob");
  expect(await bob.act("checkout", { address }, key)).toMatchObject({ status: 409, code: "cart_empty" });
});
