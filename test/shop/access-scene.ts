import type { OpenShop } from "./open-shop.ts";
import { address, type CartLine, type Film, type Order, type Visitor } from "./shop-client.ts";

/** A customer with one record in every collection of the shop. */
export interface Scene {
  readonly owner: Visitor;
  readonly email: string;
  readonly street: string;
  /** Somebody who has no account yet. */
  readonly newcomer: { readonly email: string; readonly password: string };
  readonly code: string;
  readonly supplierCode: string;
  /** Id of the scene's record, by collection. */
  readonly ids: Readonly<Record<string, string>>;
}

let scenes = 0;

/** Sets a new scene, so that what one row deletes another still finds. */
export async function openScene({ admin, customer }: OpenShop, collection: string): Promise<Scene> {
  const number = ++scenes;
  const owner = await customer(`owner${number}`);
  const street = `${number} Hidden Lane`;
  const code = `SCENE${number}`;
  const supplierCode = `WH-SECRET-SCENE-${number}`;

  const film = await admin.post<Film>("/films", {
    title: "M",
    price: 900,
    stock: 9,
    weight: 120,
    cost: 600,
    supplierCode,
  });
  const validity = { validFrom: "2020-01-01T00:00:00Z", validUntil: "2099-01-01T00:00:00Z" };
  const coupon = await admin.post<{ id: string }>("/coupons", { code, percentOff: 10, ...validity });
  const review = await owner.post<{ id: string }>("/reviews", { film: film.id, stars: 5 });
  const ids: Record<string, string> = { films: film.id, coupons: coupon.id, reviews: review.id, users: owner.id };

  // A user with orders can't be deleted, so the scene about users has none.
  if (collection !== "users") {
    await owner.post("/actions/addToCart", { film: film.id });
    const order = await owner.post<Order>("/actions/checkout", { address: { ...address, street }, coupon: code });
    ids["orders"] = order.id;
    ids["orderLines"] = await firstOf(owner, "orderLines");
    ids["addresses"] = await firstOf(owner, "addresses");
  }
  const line = await owner.post<CartLine>("/actions/addToCart", { film: film.id });
  ids["cartLines"] = line.id;
  ids["carts"] = line.cart;
  const newcomer = { email: `newcomer${number}@example.com`, password: "something to remember" };
  return { owner, email: `owner${number}@example.com`, street, newcomer, code, supplierCode, ids };
}

async function firstOf(owner: Visitor, collection: string): Promise<string> {
  const { data } = await owner.get<{ data: { id: string }[] }>(`/${collection}`);
  const [first] = data;
  if (first === undefined) throw new Error(`The scene has no record of ${collection}.`);
  return first.id;
}
