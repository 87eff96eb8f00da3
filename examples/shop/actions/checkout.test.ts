import { accessMatrix, createTestApp } from "galley/testing";
import { expect, test } from "vitest";
import shop from "../backend.ts";
import { cartLines } from "../collections/cart-lines.ts";
import { coupons } from "../collections/coupons.ts";
import { films } from "../collections/films.ts";
import { orderLines } from "../collections/order-lines.ts";
import { orders } from "../collections/orders.ts";

const address = { name: "Ada", street: "1 Main St", city: "Berlin", postcode: "10115", country: "DE" };

test("a cart becomes an order, the copies leave the stock, and the prices are those of the day", async () => {
  await using app = await createTestApp(shop);
  const ada = await app.user();
  const [metropolis, m] = await app.create(films, [
    { title: "Metropolis", price: 1000, stock: 5, weight: 100 },
    { title: "M", price: 500, stock: 1, weight: 100 },
  ]);
  await app.as(ada).post("/api/actions/addToCart", { film: metropolis.id, quantity: 2 });
  await app.as(ada).post("/api/actions/addToCart", { film: m.id });

  const bought = await app.as(ada).post("/api/actions/checkout", { address });
  expect(bought).toMatchObject({ status: 200, body: { status: "placed", items: 2500, shipping: 1199, total: 3699 } });
  expect(await app.db(films).get(metropolis.id)).toMatchObject({ stock: 3 });
  expect(await app.db(films).get(m.id)).toMatchObject({ stock: 0 });
  expect(await app.as(ada).db(cartLines).count()).toBe(0);

  await app.db(films).update(metropolis.id, { price: 9999 });
  expect(
    await app
      .as(ada)
      .db(orderLines)
      .all({ sort: ["price"] }),
  ).toMatchObject([{ price: 500 }, { price: 1000 }]);
});

test("when one film is short, nothing is sold", async () => {
  await using app = await createTestApp(shop);
  const ada = await app.user();
  const [plenty, short] = await app.create(films, [{ stock: 5 }, { stock: 1, title: "Nosferatu" }]);
  await app.as(ada).post("/api/actions/addToCart", { film: plenty.id });
  await app.as(ada).post("/api/actions/addToCart", { film: short.id });
  // Somebody else is faster.
  await app.db(films).update(short.id, { stock: 0 });

  const refused = await app.as(ada).post("/api/actions/checkout", { address });
  expect(refused).toMatchObject({ status: 409, body: { code: "out_of_stock" } });
  expect(refused.text).toContain("Nosferatu: you want 1, and 0 are left.");
  expect(await app.db(films).get(plenty.id)).toMatchObject({ stock: 5 });
  expect(await app.db(orders).count()).toBe(0);
});

test("a coupon counts until its last moment, and then no more", async () => {
  await using app = await createTestApp(shop, { now: "2026-12-24T12:00:00Z" });
  const ada = await app.user();
  const film = await app.create(films, { price: 1000, stock: 9 });
  await app.create(coupons, {
    code: "XMAS",
    percentOff: 10,
    validFrom: "2026-12-01T00:00:00Z",
    validUntil: "2026-12-25T00:00:00Z",
  });
  const buy = async () => {
    await app.as(ada).post("/api/actions/addToCart", { film: film.id });
    return app.as(ada).post("/api/actions/checkout", { address, coupon: "XMAS" });
  };
  expect(await buy()).toMatchObject({ status: 200, body: { items: 1000, discount: 100 } });
  app.clock.advance({ hours: 12 });
  expect(await buy()).toMatchObject({ status: 422, body: { code: "coupon_expired" } });
});

test("orders are the customer's, and staff's to read; nobody writes them by hand", async () => {
  await using app = await createTestApp(shop);
  const [ada, bob, clerk] = [await app.user(), await app.user(), await app.user({ role: "clerk" })];
  const order = await app.create(orders, { customer: ada.id });
  const path = `/api/orders/${order.id}`;
  expect(await app.as(ada).get(path)).toMatchObject({ status: 200 });
  expect(await app.as(clerk).get(path)).toMatchObject({ status: 200 });
  expect(await app.as(bob).get(path)).toMatchObject({ status: 404 });
  expect(await app.get(path)).toMatchObject({ status: 401 });
  expect(accessMatrix(shop)).toMatch(/^orders\.update +no +no +no +no$/m);
});
