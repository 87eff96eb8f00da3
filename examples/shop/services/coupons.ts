/** What decides whether a coupon counts. */
export interface CouponTerms {
  readonly validFrom: string;
  readonly validUntil: string;
  readonly useLimit: number | null;
  readonly uses: number;
}

/** Why a coupon doesn't count. */
export type CouponProblem = "coupon_unknown" | "coupon_not_started" | "coupon_expired" | "coupon_used_up";

/**
 * Why a coupon doesn't count, or null when it does.
 *
 * @param now RFC 3339 in UTC with milliseconds, like the coupon's own times: such texts sort as the times do
 */
export function couponProblem(coupon: CouponTerms | null, now: string): CouponProblem | null {
  if (coupon === null) return "coupon_unknown";
  if (now < coupon.validFrom) return "coupon_not_started";
  if (now >= coupon.validUntil) return "coupon_expired";
  if (coupon.useLimit !== null && coupon.uses >= coupon.useLimit) return "coupon_used_up";
  return null;
}
