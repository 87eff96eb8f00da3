import { expect, test } from "vitest";
import { shippingCost } from "./shipping.ts";

test("a parcel costs more the farther it goes", () => {
  expect(["US", "CA", "DE", "JP"].map((country) => shippingCost(120, country))).toEqual([399, 799, 1199, 1499]);
});

test("each half kilogram begun is charged", () => {
  expect([1, 500, 501, 1000, 1001].map((grams) => shippingCost(grams, "US"))).toEqual([399, 399, 549, 549, 699]);
});

test("nothing to send costs nothing", () => {
  expect(shippingCost(0, "DE")).toBe(0);
});
