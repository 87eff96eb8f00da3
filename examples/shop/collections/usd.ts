import { money } from "galley";

/** Every amount in the shop: whole cents of US dollars, never negative. */
export const usd = money({ currency: "USD", min: 0 });
