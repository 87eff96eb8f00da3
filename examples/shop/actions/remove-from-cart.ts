import { action, ref, signedIn } from "galley";
import { cartLines } from "../collections/cart-lines.ts";

/** Takes a film out of the caller's cart, all copies of it. A film that isn't there is no mistake: the wish is fulfilled. */
export const removeFromCart = action("removeFromCart", {
  summary: "Take a film out of your cart",
  input: { film: ref("films") },
  access: signedIn,

  async run({ input, user, db }) {
    const line = await db(cartLines).find({ where: { film: input.film, cart: { customer: user.id } } });
    if (line !== null) await db(cartLines).delete(line.id);
  },
});
