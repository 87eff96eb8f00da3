import { isIPv6 } from "node:net";
import { GalleyError } from "../kit/galley-error.ts";
import { type RateLimiter, rateLimitHeaders, type RatePolicy } from "../kit/rate-limiter.ts";
import type { Limits } from "../schema/backend.ts";
import type { Action, Client } from "../schema/action.ts";
import type { Principal } from "../schema/principal.ts";

const defaultRequests: RatePolicy = { limit: 600, window: 60 };

/** Counts calls, by caller and by what an action says. */
export interface RateLimits {
  /** @throws GalleyError `rate_limited` */
  admitCaller(principal: Principal, client: Client): void;
  /** @throws GalleyError `rate_limited` */
  admitAction(action: Action, input: unknown, principal: Principal, client: Client): void;
}

/** The limits of a backend; none at all where there is no limiter. */
export function createRateLimits(limits: Limits, limiter: RateLimiter | undefined): RateLimits {
  const requests = limits.requests ?? defaultRequests;

  function admit(name: string, key: string, policy: RatePolicy): void {
    const result = limiter?.take(`${name} ${key}`, policy);
    if (result === undefined || result.allowed) return;
    throw new GalleyError(
      "rate_limited",
      `At most ${policy.limit} requests in ${policy.window} seconds; ask again in ${Math.ceil(result.retryAfter)} s.`,
      {
        headers: { "retry-after": String(Math.ceil(result.retryAfter)), ...rateLimitHeaders(name, result) },
      },
    );
  }

  return {
    admitCaller(principal, client) {
      if (requests !== false) admit("requests", callerOf(principal, client), requests);
    },
    admitAction(action, input, principal, client) {
      if (action.limit === undefined) return;
      // No action may be counted as the requests are, whatever it is called.
      const name = `action.${action.name}`;
      // Who signs in or up is counted by address, whoever they are already: else each new account could make ten more.
      admit(name, action.session === "starts" ? networkOf(client.address) : callerOf(principal, client), action.limit);
      // Tries at one account come from many addresses when someone means it.
      if (action.limitKey !== undefined)
        admit(name, `key ${action.limitKey(input as Record<string, unknown>)}`, action.limit);
    },
  };
}

function callerOf(principal: Principal, client: Client): string {
  return principal.user?.id ?? networkOf(client.address);
}

/** The network that an address counts for: whoever has one IPv6 address has the 2^64 around it. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").toLowerCase().split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array<string>(zeros).fill("0"), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
