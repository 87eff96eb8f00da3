import { afterEach, beforeEach, expect, test } from "vitest";
import { type OpenShop, openShop } from "./open-shop.ts";
import { address, type Coupon, type Film, type Order, type Visitor } from "./shop-client.ts";

let open: OpenShop;
let ada: Visitor;
let metropolis: Film;
let nosferatu: Film;
let soldOut: Film;
beforeEach(async () => {
  open = await openShop();
  ada = await open.customer("ada");
  [metropolis, nosferatu, soldOut] = (await ada.get<{ data: [Film, Film, Film] }>("/films?sort=-stock")).data;
});
afterEach(() => open.close());

async function coupon(code: string): Promise<Coupon> {
  return (await open.admin.get<{ data: [Coupon] }>(`/coupons?code=${code}`)).data[0];
}

test("an empty cart can't be checked out", async () => {
  expect(await ada.act("checkout", { address })).toMatchObject({ status: 409, code: "cart_empty" });
  expect(await ada.send("GET", "/actions/quote?country=US")).toMatchObject({ status: 409, code: "cart_empty" });
});

test("what is sold out can't be put into a cart", async () => {
  expect(await ada.act("addToCart", { film: soldOut.id })).toMatchObject({ status: 409, code: "out_of_stock" });
});

test("a refused checkout has changed nothing: not the stock, not the coupon, not the cart", async () => {
  await ada.act("addToCart", { film: metropolis.id, quantity: 2 });
  await ada.act("addToCart", { film: nosferatu.id, quantity: 6 });
  expect(await ada.act("checkout", { address, coupon: "ONCE" })).toMatchObject({ status: 409, code: "out_of_stock" });

  expect((await ada.get<Film>(`/films/${metropolis.id}`)).stock).toBe(50);
  expect((await coupon("ONCE")).uses).toBe(0);
  expect(await ada.get("/cartLines")).toMatchObject({ data: [{ quantity: 2 }, { quantity: 6 }] });
  expect(await ada.get("/orders")).toMatchObject({ data: [] });
  expect(await ada.get("/addresses")).toMatchObject({ data: [] });
});

test("a coupon that is unknown or expired is refused by its own name", async () => {
  await ada.act("addToCart", { film: metropolis.id });
  expect(await ada.act("checkout", { address, coupon: "NOPE" })).toMatchObject({ status: 422, code: "coupon_unknown" });
  expect(await ada.act("checkout", { address, coupon: "BYGONE" })).toMatchObject({
    status: 422,
    code: "coupon_expired",
  });
});

test("a coupon for one order serves one of ten that are placed at once", async () => {
  const customers = await Promise.all(Array.from({ length: 10 }, (_, index) => open.customer(`friend${index}`)));
  await Promise.all(customers.map((customer) => customer.act("addToCart", { film: metropolis.id })));
  const answers = await Promise.all(customers.map((customer) => customer.act("checkout", { address, coupon: "once" })));

  expect(answers.filter(({ status }) => status === 200).map((answer) => answer.json<Order>().discount)).toEqual([500]);
  expect(answers.filter(({ code }) => code === "coupon_used_up")).toHaveLength(9);
  expect((await coupon("ONCE")).uses).toBe(1);
});

test("an address is checked field by field", async () => {
  await ada.act("addToCart", { film: metropolis.id });
  const answer = await ada.act("checkout", { address: { ...address, country: "Germany", city: "", planet: "Earth" } });
  expect(answer).toMatchObject({ status: 422, code: "invalid_input" });
  expect(
    answer
      .json<{ errors: { path: string }[] }>()
      .errors.map(({ path }) => path)
      .toSorted(),
  ).toEqual(["/address/city", "/address/country", "/address/planet"]);
});

test("the same address is saved once", async () => {
  for (const film of [metropolis, nosferatu]) {
    await ada.act("addToCart", { film: film.id });
    await ada.act("checkout", { address });
  }
  expect((await ada.get<{ data: unknown[] }>("/addresses")).data).toHaveLength(1);
});
