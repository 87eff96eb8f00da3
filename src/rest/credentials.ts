import type { Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Credentials } from "../operations/execute.ts";

/** Any value in this header field shows that a page of ours sent the request: others can't set it without being asked first (CORS). */
const csrfHeader = "x-csrf-token";

/** The name of the session cookie. The prefix makes browsers hold it to this very host, and needs TLS. */
function cookieName(exchange: Exchange): string {
  return exchange.secure ? "__Host-session" : "session";
}

/**
 * The credentials of a request: a bearer token (RFC 6750), or the session cookie.
 *
 * @throws GalleyError `unauthenticated` for another scheme; `forbidden` when a request that changes something rides on the
 *   cookie and may come from another site
 */
export function credentialsOf(exchange: Exchange): Credentials | undefined {
  const authorization = exchange.header("authorization");
  if (authorization !== undefined) {
    const match = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization);
    if (match?.[1] === undefined) throw new GalleyError("unauthenticated", "Authorization must be: Bearer TOKEN.");
    return { token: match[1], lenient: false };
  }
  const token = readCookie(exchange.header("cookie"), cookieName(exchange));
  if (token === undefined) return undefined;
  if (!isSafe(exchange.method) && !isSameOrigin(exchange)) {
    throw new GalleyError(
      "forbidden",
      `A request from another site can't use the session cookie. Send the header ${csrfHeader}, or a bearer token.`,
    );
  }
  return { token, lenient: true };
}

/** The Set-Cookie that starts a session in a browser. @param seconds how long it lasts */
export function sessionCookie(exchange: Exchange, token: string, seconds: number): string {
  return `${cookieName(exchange)}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${exchange.secure ? "; Secure" : ""}`;
}

/** The Set-Cookie that ends it. */
export function endedCookie(exchange: Exchange): string {
  return sessionCookie(exchange, "", 0);
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function isSameOrigin(exchange: Exchange): boolean {
  if (exchange.header(csrfHeader) !== undefined) return true;
  const site = exchange.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = exchange.header("origin");
  const host = exchange.header("host");
  return origin !== undefined && host !== undefined && origin === `${exchange.secure ? "https" : "http"}://${host}`;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}
