import type { Answer } from "./exchange.ts";
import { toGalleyError } from "./galley-error.ts";

/**
 * Any thrown value as the answer that the contract promises (RFC 9457). What is not a `GalleyError` is answered as
 * `internal`, without a word of its own.
 *
 * @param thrown what was thrown
 * @param requestId the id under which the log tells more
 */
export function problem(thrown: unknown, requestId: string): Answer {
  const error = toGalleyError(thrown);
  const body = {
    type: `/docs/errors#${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    // `undefined` leaves the key out.
    errors: error.errors,
  };
  return {
    status: error.status,
    headers: {
      // RFC 9110, 15.5.2: a 401 names a way to sign in.
      ...(error.status === 401 ? { "www-authenticate": "Bearer" } : undefined),
      "cache-control": "no-store",
      ...error.headers,
      "content-type": "application/problem+json",
    },
    body: JSON.stringify(body),
  };
}
