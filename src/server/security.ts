import type { Answer, Exchange } from "../kit/exchange.ts";

const headers: Answer["headers"] = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  // An answer is data: should a browser ever show it as a page, the page can do nothing.
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
};

const secureHeaders: Answer["headers"] = { ...headers, "strict-transport-security": "max-age=31536000" };

/** The answer with the header fields that keep browsers from misusing it; fields that it has already stay. */
export function withSecurityHeaders(exchange: Exchange, answer: Answer): Answer {
  return { ...answer, headers: { ...(exchange.secure ? secureHeaders : headers), ...answer.headers } };
}

/** Who may call from pages of other origins (the Fetch standard's CORS protocol). */
export interface Cors {
  /**
   * The answer to a preflight; `undefined` when the request is none.
   *
   * @param methods what the path answers
   */
  preflight(exchange: Exchange, methods: readonly string[]): Answer | undefined;
  /** The answer with the header fields that let the calling page read it, if it may. */
  apply(exchange: Exchange, answer: Answer): Answer;
}

const requestHeaders = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "Request-Id",
  "X-CSRF-Token",
].join(", ");

const exposedHeaders = [
  "ETag",
  "Idempotency-Replayed",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Request-Id",
  "Retry-After",
].join(", ");

/** Seconds that a browser may remember a preflight; Chromium caps it here. */
const preflightAge = "7200";

/**
 * @param origins origins whose pages may call, cookies included; `*` lets every page call, without cookies, so that no
 * page can act for who is signed in elsewhere
 */
export function createCors(origins: readonly string[] | "*"): Cors {
  const grant = (exchange: Exchange): Record<string, string> | undefined => {
    const origin = exchange.header("origin");
    if (origin === undefined) return undefined;
    if (origins === "*") return { "access-control-allow-origin": "*" };
    if (!origins.includes(origin)) return undefined;
    return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" };
  };
  // One list for all origins varies by none; else a cache must not give one origin's answer to another.
  const vary = (own?: string | readonly string[]): Record<string, string> => {
    if (noList) return {};
    return { vary: own === undefined ? "Origin" : `${typeof own === "string" ? own : own.join(", ")}, Origin` };
  };

  // Without an origin there is nobody to tell, and one list for all varies by none.
  const noList = origins === "*" || origins.length === 0;

  return {
    preflight(exchange, methods) {
      if (exchange.method !== "OPTIONS" || exchange.header("access-control-request-method") === undefined) {
        return undefined;
      }
      const granted = grant(exchange);
      const terms = granted && {
        ...granted,
        "access-control-allow-methods": methods.join(", "),
        "access-control-allow-headers": requestHeaders,
        "access-control-max-age": preflightAge,
      };
      return { status: 204, headers: { ...vary(), ...terms }, body: null };
    },
    apply(exchange, answer) {
      if (noList && exchange.header("origin") === undefined) return answer;
      const granted = grant(exchange);
      const exposed = granted && { ...granted, "access-control-expose-headers": exposedHeaders };
      return { ...answer, headers: { ...answer.headers, ...vary(answer.headers["vary"]), ...exposed } };
    },
  };
}
