import { collection, integer, role, text, timestamp } from "galley";

/** Discounts by code. Customers never see the list; `quote` and `checkout` look up the one code they are given. */
export const coupons = collection("coupons", {
  fields: {
    code: text({ max: 40, pattern: /[A-Z0-9]+/ }).unique(),
    percentOff: integer({ min: 1, max: 100 }),
    validFrom: timestamp(),
    /** The first moment at which it is no longer valid. */
    validUntil: timestamp(),
    /** How many orders may use it; null for any number. */
    useLimit: integer({ min: 1 }).optional(),
    uses: integer({ min: 0 }).default(0),
  },
  access: { read: role("admin"), write: role("admin") },
});
