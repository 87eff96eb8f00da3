import { hash, randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import { kept } from "./kept.ts";

/** How much of something may be done. */
export interface RatePolicy {
  /** Units that may be taken within a window, also all at once. */
  readonly limit: number;
  /** Length of the window in seconds; a unit comes back every `window / limit` seconds. */
  readonly window: number;
}

/** What became of a request for units. */
export interface RateResult {
  readonly allowed: boolean;
  /** The policy that was applied. */
  readonly policy: RatePolicy;
  /** Whole units that may be taken now. */
  readonly remaining: number;
  /** Whole seconds after which the same request would be allowed; 0 when it was. A cost above the limit never is. */
  readonly retryAfter: number;
  /** Whole seconds after which all units are back. */
  readonly reset: number;
}

/** Counts what each key takes, for all threads that share its buffer. */
export interface RateLimiter {
  /** The memory to give to the other threads' {@link createRateLimiter}. */
  readonly buffer: SharedArrayBuffer;
  /**
   * Takes units, if that many are left; a refusal takes nothing.
   *
   * @param key who takes what, for example `sign-in:203.0.113.7`: keys of different policies must differ
   * @param cost units to take; 0 asks without taking
   */
  take(key: string, policy: RatePolicy, cost?: number): RateResult;
}

const defaultSlots = 65_536;
const probes = 8;
/** Keys whose marks a thread remembers. */
const mostMarks = 4096;
/** Words of 64 bits before the table: the hash key. */
const headerWords = 2;
const maximumWord = (1n << 63n) - 1n;

/**
 * A limiter by the generic cell rate algorithm (ITU-T I.371): per key it keeps one number, the time at which all units
 * will be back, in microseconds. The table is a fixed piece of shared memory that threads change by compare-and-exchange.
 * Keys are kept as 64 bits of a hash whose key is drawn per buffer, so nobody can choose keys that collide. When a
 * neighbourhood is full, the key that owes least gives way: a flood of keys makes limits forgetful, never memory scarce.
 *
 * @param options.buffer memory of the limiter of another thread; left out, new memory for 65,536 keys (1 MiB)
 */
export function createRateLimiter(options: {
  readonly clock: Clock;
  readonly buffer?: SharedArrayBuffer;
  /** Keys that a new buffer can hold, a power of two. */
  readonly slots?: number;
}): RateLimiter {
  const slots = options.buffer ? (options.buffer.byteLength / 8 - headerWords) / 2 : (options.slots ?? defaultSlots);
  if (!Number.isInteger(Math.log2(slots)) || slots < probes) throw new RangeError("The slots must be a power of two.");
  const buffer = options.buffer ?? new SharedArrayBuffer((headerWords + 2 * slots) * 8);
  const words = new BigInt64Array(buffer);
  const secret = readSecret(words);
  /** Marks of the keys that came last: to make one costs more than all the rest. */
  const marks = new Map<string, bigint>();

  function markFor(key: string): bigint {
    return kept(marks, key, mostMarks, () => markOf(secret, key));
  }

  /** Index of the key's word in the table; when the key has none, of the one that it may claim. */
  function find(mark: bigint): { index: number; owner: bigint } {
    let best = 0;
    let bestOwner = 0n;
    let bestTime = maximumWord;
    const start = Number(mark & BigInt(slots - 1));
    for (let probe = 0; probe < probes; probe++) {
      const index = headerWords + 2 * ((start + probe) & (slots - 1));
      const owner = Atomics.load(words, index);
      if (owner === mark) return { index, owner };
      const time = owner === 0n ? -1n : Atomics.load(words, index + 1);
      if (time < bestTime) {
        best = index;
        bestOwner = owner;
        bestTime = time;
      }
      if (owner === 0n) break;
    }
    return { index: best, owner: bestOwner };
  }

  function take(key: string, policy: RatePolicy, cost = 1): RateResult {
    const mark = markFor(key);
    const now = options.clock.now() * 1000;
    const { spacing, span } = measure(policy);
    for (;;) {
      const { index, owner } = find(mark);
      const stored = Atomics.load(words, index + 1);
      if (owner === mark && Number(stored) > now + span) {
        // The clock was set back, or the policy was another: nobody is locked out for longer than a window.
        Atomics.compareExchange(words, index + 1, stored, BigInt(now + span));
        continue;
      }
      const full = owner === mark ? Math.max(Number(stored), now) : now;
      const next = full + cost * spacing;
      const allowed = next - now <= span;
      if (!allowed || cost === 0) return describe(allowed, policy, full - now, cost);
      if (owner !== mark && Atomics.compareExchange(words, index, owner, mark) !== owner) continue;
      const written = BigInt(next);
      if (Atomics.compareExchange(words, index + 1, stored, written) !== stored) continue;
      if (Atomics.load(words, index) === mark) return describe(true, policy, next - now, cost);
      // Another key claimed the slot in between: what was written must not count as its own.
      Atomics.compareExchange(words, index + 1, written, stored);
    }
  }

  return { buffer, take };
}

/** The buffer's hash key; the first thread to come draws it. */
function readSecret(words: BigInt64Array): string {
  let secret = "";
  for (let index = 0; index < headerWords; index++) {
    Atomics.compareExchange(words, index, 0n, randomBytes(8).readBigInt64LE());
    secret += Atomics.load(words, index).toString(36);
  }
  return secret;
}

/** 64 bits that stand for a key; never 0, which marks an empty slot. */
function markOf(secret: string, key: string): bigint {
  const mark = hash("sha256", secret + key, "buffer").readBigInt64LE();
  return mark === 0n ? 1n : mark;
}

/** A policy in whole microseconds: the time after which one unit comes back, and all of them. */
function measure(policy: RatePolicy): { spacing: number; span: number } {
  const spacing = Math.max(1, Math.floor((policy.window * 1_000_000) / policy.limit));
  return { spacing, span: spacing * policy.limit };
}

/** @param owed microseconds until all units are back */
function describe(allowed: boolean, policy: RatePolicy, owed: number, cost: number): RateResult {
  const { spacing, span } = measure(policy);
  const wait = Math.min(owed + cost * spacing - span, span);
  return {
    allowed,
    policy,
    remaining: Math.floor((span - owed) / spacing),
    retryAfter: allowed ? 0 : Math.max(1, Math.ceil(wait / 1_000_000)),
    reset: Math.ceil(owed / 1_000_000),
  };
}

/**
 * The header fields that tell a client of its limit: `RateLimit-Policy` and `RateLimit` (IETF draft
 * draft-ietf-httpapi-ratelimit-headers), and `Retry-After` (RFC 9110) when it went over.
 *
 * @param name the policy's name: letters, digits, `-` and `_`
 */
export function rateLimitHeaders(name: string, result: RateResult): Record<string, string> {
  return {
    "ratelimit-policy": `"${name}";q=${result.policy.limit};w=${result.policy.window}`,
    ratelimit: `"${name}";r=${result.remaining};t=${result.reset}`,
    ...(result.allowed ? undefined : { "retry-after": String(result.retryAfter) }),
  };
}
