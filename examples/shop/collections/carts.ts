import { collection, owner, ref, role } from "galley";

/** One cart per customer; `addToCart` makes it. */
export const carts = collection("carts", {
  fields: {
    customer: ref("users", { onDelete: "cascade" })
      .unique()
      .default(({ user }) => user?.id ?? null),
  },
  access: { read: owner("customer").or(role("admin")), write: owner("customer").or(role("admin")) },
});
