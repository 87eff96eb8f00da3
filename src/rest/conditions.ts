import type { Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";

/** The entity tags of a conditional request (RFC 9110), without quotes. */
export interface Conditions {
  readonly ifMatch: readonly string[] | undefined;
  readonly ifNoneMatch: readonly string[] | undefined;
}

/** Reads If-Match and If-None-Match. A weak tag never matches in If-Match. */
export function conditionsOf(exchange: Exchange): Conditions {
  return {
    ifMatch: tagsOf(exchange.header("if-match"), "If-Match", false),
    ifNoneMatch: tagsOf(exchange.header("if-none-match"), "If-None-Match", true),
  };
}

/** The key of a request that may come again. @throws GalleyError `malformed` */
export function idempotencyKeyOf(exchange: Exchange): string | undefined {
  const sent = exchange.header("idempotency-key");
  if (sent === undefined) return undefined;
  // The draft spells it as a string of structured fields; most clients send it bare.
  const key = /^"(.*)"$/.exec(sent)?.[1] ?? sent;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new GalleyError("malformed", "Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.");
}

function tagsOf(header: string | undefined, name: string, weak: boolean): string[] | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === "*") return ["*"];
  const tags: string[] = [];
  const pattern = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;
  while (pattern.lastIndex < header.length) {
    const match = pattern.exec(header);
    if (match === null)
      throw new GalleyError("malformed", `${name} must be entity tags in quotes, such as "1-m1x2y3".`);
    if (match[1] === undefined || weak) tags.push(match[2] ?? "");
  }
  return tags;
}
