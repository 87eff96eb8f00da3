import { collection, integer, nobody, owner, ref, role, text } from "galley";
import { usd } from "./usd.ts";

/** The films of an order, with title and price as they were that day. */
export const orderLines = collection("orderLines", {
  fields: {
    order: ref("orders", { onDelete: "cascade", inverse: "lines" }),
    film: ref("films", { onDelete: "clear" }).optional(),
    title: text({ max: 200 }),
    price: usd,
    quantity: integer({ min: 1 }),
  },
  access: { read: owner("order.customer").or(role("clerk")).or(role("admin")), write: nobody },
  indexes: [["order"]],
});
