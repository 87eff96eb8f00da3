import { action, ref, role } from "galley";
import { orders } from "../collections/orders.ts";

/** The money for an order has arrived. */
export const payOrder = action("payOrder", {
  summary: "Record that an order was paid",
  input: { order: ref("orders") },
  output: orders,
  access: role("clerk").or(role("admin")),
  errors: { wrong_status: 409 },

  async run({ input, db, fail }) {
    const order = await db(orders).get(input.order);
    if (order.status !== "placed")
      throw fail("wrong_status", `The order is ${order.status}; only a placed one is paid.`);
    return db.unrestricted(orders).update(order.id, { status: "paid" });
  },
});
