import type { ErrorCode } from "../kit/error-codes.ts";

/** What a person needs to know of an error code. */
export interface ErrorAdvice {
  /** When it is answered. */
  readonly when: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The guide to the registry of error codes: the page of a server shows it, and `npm run docs` writes `docs/reference/errors.md` from it. */
export const errorGuide: { readonly [code in ErrorCode]: ErrorAdvice } = {
  malformed: {
    when: "The body is not JSON, the path or query is not percent-encoded UTF-8, or a cursor or header field can't be read.",
    remedy: "Correct what `detail` names. Take cursors from the `next` of the page before, with the same query.",
  },
  invalid_query: {
    when: "A query parameter is unknown, or its value is of the wrong type.",
    remedy: "Each entry of `errors` names one parameter. What isn't known is never ignored.",
  },
  unauthenticated: {
    when: "Credentials are missing, wrong or expired.",
    remedy: "Sign in, and send `Authorization: Bearer TOKEN` or the session cookie.",
  },
  forbidden: {
    when: "You are signed in, and not allowed to do this; or a request from another site rides on the session cookie.",
    remedy: "Use an account that may, or send the cookie along with the header field `X-CSRF-Token`.",
  },
  not_found: {
    when: "No such route or record exists, or you may not see it: both look the same.",
    remedy: "Check the path and the id, and who is signed in.",
  },
  method_not_allowed: {
    when: "The path exists and doesn't answer this method.",
    remedy: "Use one of the methods in `Allow`.",
  },
  conflict: {
    when: "A unique value is taken, a referenced record doesn't exist or is still referred to, or others wrote at the same time.",
    remedy: "`errors` names the field. Send another value, or read the record again and repeat the request.",
  },
  idempotency_in_progress: {
    when: "The first request with this `Idempotency-Key` is still running.",
    remedy: "Repeat the request after `Retry-After` seconds; it is then given the first answer.",
  },
  precondition_failed: {
    when: "The record has changed since you read it: `If-Match` doesn't hold its `ETag`. Or `If-None-Match: *` met one that exists.",
    remedy: "Read the record again, apply your change to it, and send it with the new `ETag`.",
  },
  too_large: {
    when: "The body is over its limit, or asks for more than one request may: records, operations, the size of a batch's answer, or the time of a transaction.",
    remedy:
      "Split the request. Where much goes with a record that is deleted, delete what refers to it first, in parts.",
  },
  unsupported_media_type: {
    when: "The body is of another type than the operation reads, is compressed, or is not in UTF-8.",
    remedy: "Send `Content-Type: application/json` and plain UTF-8.",
  },
  invalid_input: {
    when: "The input is well-formed and goes against its schema.",
    remedy: "Each entry of `errors` has the JSON Pointer of one place, and says what would be right. All are listed.",
  },
  idempotency_mismatch: {
    when: "This `Idempotency-Key` was used for another request within 24 hours.",
    remedy: "Use a new key for each new request, and the same key only to repeat one.",
  },
  rate_limited: {
    when: "You made more requests than allowed in a window of time.",
    remedy: "Wait `Retry-After` seconds. `RateLimit` and `RateLimit-Policy` say how much is allowed.",
  },
  internal: {
    when: "Something failed that is not your mistake. The cause is in the server's log, under the `requestId`.",
    remedy:
      "Repeat the request later, with the same `Idempotency-Key` where it writes; tell the operator the `requestId`.",
  },
  overloaded: {
    when: "The server has more to do than it can, and refused the request before doing any of it; or a write was not done in time and nothing of it was stored. Where the connection to the database broke before that had said whether a write was stored, `detail` says so.",
    remedy:
      "Repeat it after `Retry-After` seconds; a write that may have been stored with the same `Idempotency-Key`, which does it once.",
  },
};
