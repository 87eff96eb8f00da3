import { collection, owner, ref, role, text } from "galley";

/** An address on an envelope: `checkout` takes one, an order keeps a copy, a customer's address book has many. */
export const addressFields = {
  name: text({ min: 1, max: 100 }),
  street: text({ min: 1, max: 200 }),
  city: text({ min: 1, max: 100 }),
  postcode: text({ min: 1, max: 20 }),
  /** ISO 3166-1 alpha-2: `DE`. */
  country: text({ pattern: /[A-Z]{2}/ }),
};

/** Customers' address books. `checkout` adds what it is given. */
export const addresses = collection("addresses", {
  fields: {
    customer: ref("users", { onDelete: "cascade" }).default(({ user }) => user?.id ?? null),
    ...addressFields,
  },
  access: { read: owner("customer").or(role("admin")), write: owner("customer").or(role("admin")) },
  indexes: [["customer"]],
});
