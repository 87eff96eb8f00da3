import { expect, test } from "vitest";
import { couponProblem } from "./coupons.ts";

const coupon = {
  validFrom: "2026-03-01T00:00:00.000Z",
  validUntil: "2026-04-01T00:00:00.000Z",
  useLimit: 2,
  uses: 1,
};

test("a coupon counts from its first moment until just before its last", () => {
  expect(couponProblem(coupon, "2026-02-28T23:59:59.999Z")).toBe("coupon_not_started");
  expect(couponProblem(coupon, "2026-03-01T00:00:00.000Z")).toBeNull();
  expect(couponProblem(coupon, "2026-03-31T23:59:59.999Z")).toBeNull();
  expect(couponProblem(coupon, "2026-04-01T00:00:00.000Z")).toBe("coupon_expired");
});

test("a coupon counts as often as its limit says, and without a limit always", () => {
  expect(couponProblem({ ...coupon, uses: 2 }, "2026-03-15T12:00:00.000Z")).toBe("coupon_used_up");
  expect(couponProblem({ ...coupon, useLimit: null, uses: 1000 }, "2026-03-15T12:00:00.000Z")).toBeNull();
});

test("a code that nobody issued is unknown", () => {
  expect(couponProblem(null, "2026-03-15T12:00:00.000Z")).toBe("coupon_unknown");
});
