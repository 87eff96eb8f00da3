import { choice, collection, nobody, object, owner, ref, role, timestamp } from "galley";
import { addressFields } from "./addresses.ts";
import { usd } from "./usd.ts";

/** What was bought. Only actions write it: an order is a promise, and nobody edits those by hand. */
export const orders = collection("orders", {
  fields: {
    customer: ref("users", { onDelete: "restrict" }),
    status: choice(["placed", "paid", "shipped", "cancelled"]).default("placed"),
    address: object(addressFields),
    coupon: ref("coupons", { onDelete: "clear" }).optional(),
    items: usd,
    discount: usd,
    shipping: usd,
    total: usd,
    shippedAt: timestamp().optional(),
  },
  access: { read: owner("customer").or(role("clerk")).or(role("admin")), write: nobody },
  indexes: [
    ["customer", "-createdAt"],
    ["status", "createdAt"],
  ],
});
