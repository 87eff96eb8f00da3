import { afterAll, beforeAll, expect, test } from "vitest";
import type { films } from "../../examples/shop/collections/films.ts";
import shop from "../../examples/shop/backend.ts";
import { type OpenShop, openShop } from "./open-shop.ts";
import {
  type Address,
  address,
  type CartLine,
  type Film,
  type Order,
  type OrderLine,
  type PageOf,
} from "./shop-client.ts";

let open: OpenShop;
beforeAll(async () => {
  open = await openShop(shop.seed);
});
afterAll(() => open.close());

test("a customer finds a film, buys it with a coupon, and gets it sent", async () => {
  const window = await open.anonymous.get<PageOf<typeof films>>(
    "/films?search=inception&director=Christopher%20Nolan&stock[gt]=2&select=title,price,stock,weight,inStock",
  );
  expect(window.data).toMatchObject([{ title: "Inception", price: 2199, weight: 120, inStock: true }]);
  const film = window.data[0] as Film;

  const ada = await open.customer("ada");
  expect((await ada.act("addToCart", { film: film.id })).json()).toMatchObject({ film: film.id, quantity: 1 });
  expect((await ada.act("addToCart", { film: film.id, quantity: 1 })).json()).toMatchObject({ quantity: 2 });

  const cart = await ada.get<{ data: { film: Film; quantity: number }[] }>("/cartLines?include=film");
  expect(cart.data).toMatchObject([{ quantity: 2, film: { title: "Inception" } }]);

  const totals = { items: 4398, discount: 439, shipping: 1199, total: 5158 };
  expect(await ada.get("/actions/quote?country=DE&coupon=popcorn")).toEqual(totals);

  const bought = await ada.act("checkout", { address, coupon: "popcorn" });
  expect(bought.status).toBe(200);
  const order = bought.json<Order>();
  expect(order).toMatchObject({ customer: ada.id, status: "placed", address, shippedAt: null, ...totals });

  const { data: lines } = await ada.get<{ data: OrderLine[] }>(`/orderLines?order=${order.id}`);
  expect(lines).toMatchObject([{ film: film.id, title: "Inception", price: 2199, quantity: 2 }]);
  expect((await ada.get<Film>(`/films/${film.id}`)).stock).toBe(film.stock - 2);
  expect((await ada.get<{ data: CartLine[] }>("/cartLines")).data).toEqual([]);
  expect((await ada.get<{ data: Address[] }>("/addresses")).data).toMatchObject([{ customer: ada.id, ...address }]);

  const clerk = await open.clerk("carl");
  expect((await clerk.act("payOrder", { order: order.id })).json()).toMatchObject({ status: "paid" });
  expect((await ada.act("cancelOrder", { order: order.id })).code).toBe("wrong_status");
  const shipped = (await clerk.act("shipOrder", { order: order.id })).json<Order>();
  expect(shipped).toMatchObject({ status: "shipped", shippedAt: expect.stringMatching(/Z$/) });
  expect(await clerk.act("shipOrder", { order: order.id })).toMatchObject({ status: 409, code: "wrong_status" });
});

test("an order keeps the price of its day", async () => {
  const bob = await open.customer("bob");
  const film = (await bob.get<{ data: Film[] }>("/films?title=Avatar")).data[0] as Film;
  await bob.act("addToCart", { film: film.id });
  const order = (await bob.act("checkout", { address })).json<Order>();
  await open.admin.patch(`/films/${film.id}`, { price: film.price + 1000 });

  const { data } = await bob.get<{ data: (Order & { lines: OrderLine[] })[] }>("/orders?include=lines");
  expect(data).toMatchObject([{ id: order.id, items: film.price, lines: [{ price: film.price }] }]);
});

test("a cancelled order puts its copies back on the shelf", async () => {
  const cleo = await open.customer("cleo");
  const film = (await cleo.get<{ data: Film[] }>("/films?title=Titanic")).data[0] as Film;
  await cleo.act("addToCart", { film: film.id, quantity: 3 });
  const order = (await cleo.act("checkout", { address })).json<Order>();
  expect((await cleo.get<Film>(`/films/${film.id}`)).stock).toBe(film.stock - 3);

  expect((await cleo.act("cancelOrder", { order: order.id })).json()).toMatchObject({ status: "cancelled" });
  expect((await cleo.get<Film>(`/films/${film.id}`)).stock).toBe(film.stock);
  expect((await cleo.act("cancelOrder", { order: order.id })).code).toBe("wrong_status");
});

test("a film can be taken out of the cart again, twice over", async () => {
  const dora = await open.customer("dora");
  const film = (await dora.get<{ data: Film[] }>("/films?stock[gt]=0&limit=1")).data[0] as Film;
  await dora.act("addToCart", { film: film.id });
  expect((await dora.act("removeFromCart", { film: film.id })).status).toBe(204);
  expect((await dora.act("removeFromCart", { film: film.id })).status).toBe(204);
  expect((await dora.act("checkout", { address })).code).toBe("cart_empty");
});

test("a customer reviews a film once, in no name but their own", async () => {
  const [eve, finn] = [await open.customer("eve"), await open.customer("finn")];
  const film = (await eve.get<{ data: Film[] }>("/films?title=Memento")).data[0] as Film;
  const review = await eve.send("POST", "/reviews", { film: film.id, stars: 5, text: "I forgot how it began." });
  expect(review).toMatchObject({ status: 201 });
  expect(review.json()).toMatchObject({ author: eve.id });
  expect(await eve.send("POST", "/reviews", { film: film.id, stars: 1 })).toMatchObject({
    status: 409,
    code: "conflict",
  });
  expect((await eve.send("POST", "/reviews", { film: film.id, author: finn.id, stars: 1 })).status).toBe(409);

  const shown = await open.anonymous.get<{ reviews: { stars: number }[] }>(`/films/${film.id}?include=reviews`);
  expect(shown.reviews).toMatchObject([{ stars: 5 }]);
});

test("customers can't move their cart's lines into another's cart", async () => {
  const [gus, hal] = [await open.customer("gus"), await open.customer("hal")];
  const film = (await gus.get<{ data: Film[] }>("/films?stock[gt]=0&limit=1")).data[0] as Film;
  const mine = (await gus.act("addToCart", { film: film.id })).json<CartLine>();
  const theirs = (await hal.act("addToCart", { film: film.id })).json<CartLine>();
  // What one can't see isn't there to be referred to.
  expect((await gus.send("PATCH", `/cartLines/${mine.id}`, { cart: theirs.cart })).status).toBe(409);
  expect((await gus.send("POST", "/cartLines", { cart: theirs.cart, film: film.id, quantity: 1 })).status).toBe(409);
});
