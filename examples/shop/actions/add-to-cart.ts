import { action, integer, ref, signedIn } from "galley";
import { cartLines } from "../collections/cart-lines.ts";
import { carts } from "../collections/carts.ts";
import { films } from "../collections/films.ts";

/** Puts copies of a film into the caller's cart. Nothing is reserved: who checks out first gets the last copy. */
export const addToCart = action("addToCart", {
  summary: "Put copies of a film into your cart",
  input: { film: ref("films"), quantity: integer({ min: 1, max: 20 }).default(1) },
  output: cartLines,
  access: signedIn,
  errors: { out_of_stock: 409 },

  async run({ input, user, db, fail }) {
    const film = await db(films).get(input.film);
    if (film.stock === 0) throw fail("out_of_stock", `${film.title ?? "This film"} is sold out.`);

    const cart =
      (await db(carts).find({ where: { customer: user.id } })) ?? (await db(carts).create({ customer: user.id }));
    const line = await db(cartLines).find({ where: { cart: cart.id, film: film.id } });
    return line === null
      ? db(cartLines).create({ cart: cart.id, film: film.id, quantity: input.quantity })
      : db(cartLines).update(line.id, { quantity: { increment: input.quantity } });
  },
});
