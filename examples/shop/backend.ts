import { backend } from "galley";
import { addToCart } from "./actions/add-to-cart.ts";
import { cancelOrder } from "./actions/cancel-order.ts";
import { checkout } from "./actions/checkout.ts";
import { payOrder } from "./actions/pay-order.ts";
import { quote } from "./actions/quote.ts";
import { removeFromCart } from "./actions/remove-from-cart.ts";
import { shipOrder } from "./actions/ship-order.ts";
import { addresses } from "./collections/addresses.ts";
import { cartLines } from "./collections/cart-lines.ts";
import { carts } from "./collections/carts.ts";
import { coupons } from "./collections/coupons.ts";
import { films } from "./collections/films.ts";
import { orderLines } from "./collections/order-lines.ts";
import { orders } from "./collections/orders.ts";
import { reviews } from "./collections/reviews.ts";
import { seed } from "./seed.ts";

/** A shop that sells films on disc. */
export default backend({
  name: "Film shop",
  version: "1.0.0",
  collections: [films, reviews, carts, cartLines, addresses, coupons, orders, orderLines],
  actions: [addToCart, removeFromCart, quote, checkout, payOrder, shipOrder, cancelOrder],
  roles: ["clerk"],
  seed: ({ db }) => seed(db),
});
