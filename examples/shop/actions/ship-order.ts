import { action, ref, role } from "galley";
import { orders } from "../collections/orders.ts";

/** The parcel has left. Regular customers pay later, so a placed order may be shipped as well as a paid one. */
export const shipOrder = action("shipOrder", {
  summary: "Record that an order was shipped",
  input: { order: ref("orders") },
  output: orders,
  access: role("clerk").or(role("admin")),
  errors: { wrong_status: 409 },

  async run({ input, db, now, fail }) {
    const order = await db(orders).get(input.order);
    if (order.status !== "placed" && order.status !== "paid") {
      throw fail("wrong_status", `The order is ${order.status}; only a placed or paid one is shipped.`);
    }
    return db.unrestricted(orders).update(order.id, { status: "shipped", shippedAt: now });
  },
});
