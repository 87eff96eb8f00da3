import type { Fields, StepContext } from "galley";
import { cartLines } from "../collections/cart-lines.ts";
import { coupons } from "../collections/coupons.ts";
import { films } from "../collections/films.ts";
import { couponProblem, type CouponProblem } from "../services/coupons.ts";
import { totalsOf } from "../services/totals.ts";

/** Why a cart has no price, and the status of the answer: for every action that calls {@link priceCart}. */
export const pricingErrors = {
  cart_empty: 409,
  coupon_unknown: 422,
  coupon_not_started: 422,
  coupon_expired: 422,
  coupon_used_up: 422,
} as const;

const reasons: Record<CouponProblem, string> = {
  coupon_unknown: "is not one of ours",
  coupon_not_started: "is not valid yet",
  coupon_expired: "has expired",
  coupon_used_up: "has been used as often as it may be",
};

type Context = Pick<StepContext<Fields, "signedIn", keyof typeof pricingErrors>, "db" | "user" | "now" | "fail">;

/** The caller's cart as it stands: its lines with their films, oldest first, the coupon, and what it all costs. */
export async function priceCart({ db, user, now, fail }: Context, country: string, code: string | null) {
  const inCart = await db(cartLines).all({ where: { cart: { customer: user.id } }, sort: ["createdAt"] });
  if (inCart.length === 0) throw fail("cart_empty", "Your cart is empty. Add a film first.");
  const lines = await Promise.all(inCart.map(async (line) => ({ ...line, film: await db(films).get(line.film) })));

  // Customers may not read coupons: knowing the code is what counts.
  const coupon =
    code === null ? null : await db.unrestricted(coupons).find({ where: { code: code.trim().toUpperCase() } });
  const problem = code === null ? null : couponProblem(coupon, now);
  if (problem !== null) throw fail(problem, `The coupon ${code} ${reasons[problem]}.`);

  const items = lines.map(({ film, quantity }) => ({ price: film.price, weight: film.weight, quantity }));
  return { lines, coupon, totals: totalsOf(items, country, coupon?.percentOff ?? 0) };
}
