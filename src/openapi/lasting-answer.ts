import type { Answer, Exchange } from "../kit/exchange.ts";
import { makeOnce } from "../kit/make-once.ts";
import { sha256 } from "../kit/token.ts";

/**
 * What a page of ours may do: nothing that leaves this origin, and no script or style but its own files. Should a summary in
 * a definition ever hold markup, it stays text.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Header fields of a body of this type. */
export function pageHeaders(type: string): Record<string, string> {
  return { "content-type": type, ...(type.startsWith("text/html") ? { "content-security-policy": pagePolicy } : {}) };
}

/**
 * An answer that stays the same for as long as the server runs: made when it is first asked for, and sent again only to who
 * doesn't have it.
 *
 * @param type media type of the body
 */
export function lastingAnswer(
  type: string,
  make: () => string | Promise<string>,
): (exchange: Exchange) => Promise<Answer> {
  const known = makeOnce(async () => {
    const body = await make();
    return { body, tag: `"${sha256(body, "base64url").slice(0, 27)}"` };
  });

  return async (exchange) => {
    const { body, tag } = await known();
    const { "content-type": contentType, ...policy } = pageHeaders(type);
    // The next deployment may say something else: a copy is asked about each time.
    const headers = { etag: tag, "cache-control": "public, no-cache", ...policy };
    const sent = (exchange.header("if-none-match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
    if (sent.includes(tag) || sent.includes("*")) return { status: 304, headers, body: null };
    return { status: 200, headers: { ...headers, "content-type": contentType ?? type }, body };
  };
}
