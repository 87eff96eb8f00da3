/** What a violation of a schema says of one place in the input. */
export interface Violation {
  /** Where, as a JSON Pointer (RFC 6901) into the input: `/lines/0/quantity`. */
  readonly path: string;
  /** What was wrong, for programs: `too_small`. */
  readonly code: string;
  /** What would be right, for people; reads on from the name of the place: `must be at least 0`. */
  readonly message: string;
}

/** Status and title of an error code. */
export interface ErrorKind {
  readonly status: number;
  readonly title: string;
}

/**
 * The one registry of error codes. Every error that leaves Galley, by any protocol, carries one of these or a code
 * that an action declared. `npm run docs` writes `docs/reference/errors.md` from it.
 */
export const errorCodes = {
  malformed: { status: 400, title: "The request could not be read" },
  invalid_query: { status: 400, title: "The query is not valid" },
  unauthenticated: { status: 401, title: "Sign in first" },
  forbidden: { status: 403, title: "You are not allowed to do this" },
  not_found: { status: 404, title: "Nothing is here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  conflict: { status: 409, title: "The request conflicts with what is stored" },
  idempotency_in_progress: { status: 409, title: "The first request with this Idempotency-Key is still running" },
  precondition_failed: { status: 412, title: "The record has changed" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  invalid_input: { status: 422, title: "The input is not valid" },
  idempotency_mismatch: { status: 422, title: "The Idempotency-Key was used for another request" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong on our side" },
  overloaded: { status: 503, title: "The server is busy" },
} as const satisfies Record<string, ErrorKind>;

/** A code of the registry. */
export type ErrorCode = keyof typeof errorCodes;
