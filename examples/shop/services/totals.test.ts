import { expect, test } from "vitest";
import { totalsOf } from "./totals.ts";

const twoFilms = [
  { price: 999, weight: 120, quantity: 2 },
  { price: 1499, weight: 220, quantity: 1 },
];

test("an order costs its items and the shipping of their weight", () => {
  expect(totalsOf(twoFilms, "US", 0)).toEqual({ items: 3497, discount: 0, shipping: 399, total: 3896 });
});

test("a discount is taken off the items and not off the shipping, rounded down to a cent", () => {
  expect(totalsOf(twoFilms, "US", 10)).toEqual({ items: 3497, discount: 349, shipping: 399, total: 3547 });
  expect(totalsOf(twoFilms, "US", 100)).toEqual({ items: 3497, discount: 3497, shipping: 399, total: 399 });
});

test("an empty cart costs nothing", () => {
  expect(totalsOf([], "JP", 0)).toEqual({ items: 0, discount: 0, shipping: 0, total: 0 });
});
