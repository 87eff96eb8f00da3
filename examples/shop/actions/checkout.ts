import { action, object, signedIn, text } from "galley";
import { addresses, addressFields } from "../collections/addresses.ts";
import { cartLines } from "../collections/cart-lines.ts";
import { coupons } from "../collections/coupons.ts";
import { films } from "../collections/films.ts";
import { orderLines } from "../collections/order-lines.ts";
import { orders } from "../collections/orders.ts";
import { priceCart, pricingErrors } from "./price-cart.ts";

/**
 * Turns the caller's cart into an order. It is one serializable transaction: what it reads stays true until it is done,
 * and when anything is refused, nothing has happened.
 *
 * Customers may write neither stock nor coupons nor orders. Those writes, and only those, are `unrestricted`.
 */
export const checkout = action("checkout", {
  summary: "Buy what is in your cart",
  input: { address: object(addressFields), coupon: text({ max: 40 }).optional() },
  output: orders,
  access: signedIn,
  errors: { out_of_stock: 409, ...pricingErrors },

  async run(context) {
    const { input, user, db, fail } = context;
    const { lines, coupon, totals } = await priceCart(context, input.address.country, input.coupon);

    for (const { film, quantity } of lines) {
      if (film.stock < quantity) {
        throw fail("out_of_stock", `${film.title ?? "A film"}: you want ${quantity}, and ${film.stock} are left.`);
      }
      await db.unrestricted(films).update(film.id, { stock: { increment: -quantity } });
    }
    if (coupon !== null) await db.unrestricted(coupons).update(coupon.id, { uses: { increment: 1 } });

    const order = await db.unrestricted(orders).create({
      customer: user.id,
      address: input.address,
      coupon: coupon?.id ?? null,
      ...totals,
    });
    await db.unrestricted(orderLines).createMany(
      lines.map(({ film, quantity }) => ({
        order: order.id,
        film: film.id,
        title: film.title ?? "Untitled",
        price: film.price,
        quantity,
      })),
    );

    for (const line of lines) await db(cartLines).delete(line.id);
    const known = await db(addresses).find({ where: { customer: user.id, ...input.address } });
    if (known === null) await db(addresses).create(input.address);
    return order;
  },
});
