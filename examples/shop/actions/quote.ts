import { action, signedIn, text } from "galley";
import { addressFields } from "../collections/addresses.ts";
import { usd } from "../collections/usd.ts";
import { priceCart, pricingErrors } from "./price-cart.ts";

/** What the caller's cart would cost. Promises nothing: `checkout` works it out again. */
export const quote = action("quote", {
  summary: "See what your cart would cost",
  method: "GET",
  input: { country: addressFields.country, coupon: text({ max: 40 }).optional() },
  output: { items: usd, discount: usd, shipping: usd, total: usd },
  access: signedIn,
  errors: pricingErrors,

  async run(context) {
    const { totals } = await priceCart(context, context.input.country, context.input.coupon);
    return totals;
  },
});
