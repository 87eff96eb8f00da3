import { shippingCost } from "./shipping.ts";

/** Copies of one film: its price in cents, its weight in grams, and how many. */
export interface Item {
  readonly price: number;
  readonly weight: number;
  readonly quantity: number;
}

/** What an order costs, in cents: `total = items - discount + shipping`. */
export interface Totals {
  readonly items: number;
  readonly discount: number;
  readonly shipping: number;
  readonly total: number;
}

/**
 * Adds up an order.
 *
 * @param country where it goes, ISO 3166-1 alpha-2
 * @param percentOff discount on the items, not on shipping; a fraction of a cent is rounded down
 */
export function totalsOf(bought: readonly Item[], country: string, percentOff: number): Totals {
  const items = sum(bought.map(({ price, quantity }) => price * quantity));
  const discount = Math.floor((items * percentOff) / 100);
  const shipping = shippingCost(sum(bought.map(({ weight, quantity }) => weight * quantity)), country);
  return { items, discount, shipping, total: items - discount + shipping };
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
