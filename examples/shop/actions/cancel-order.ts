import { action, ref, signedIn } from "galley";
import { films } from "../collections/films.ts";
import { orderLines } from "../collections/order-lines.ts";
import { orders } from "../collections/orders.ts";

/** Calls an order off while it is only placed, and puts its copies back on the shelf. */
export const cancelOrder = action("cancelOrder", {
  summary: "Cancel an order that was not paid or shipped yet",
  input: { order: ref("orders") },
  output: orders,
  access: signedIn,
  errors: { wrong_status: 409 },

  async run({ input, db, fail }) {
    // Read with the caller's rights: an order of somebody else is not there.
    const order = await db(orders).get(input.order);
    if (order.status !== "placed") {
      throw fail("wrong_status", `The order is ${order.status}; only a placed one can be cancelled.`);
    }
    for (const line of await db(orderLines).all({ where: { order: order.id } })) {
      if (line.film !== null) await db.unrestricted(films).update(line.film, { stock: { increment: line.quantity } });
    }
    return db.unrestricted(orders).update(order.id, { status: "cancelled" });
  },
});
