import { collection, integer, owner, ref, role } from "galley";

/** Films in carts: one line per film, with how many copies. */
export const cartLines = collection("cartLines", {
  fields: {
    cart: ref("carts", { onDelete: "cascade", inverse: "lines" }),
    film: ref("films", { onDelete: "cascade" }),
    quantity: integer({ min: 1, max: 20 }),
  },
  access: { read: owner("cart.customer").or(role("admin")), write: owner("cart.customer").or(role("admin")) },
  unique: [["cart", "film"]],
});
