import { randomBytes, timingSafeEqual } from "node:crypto";
import { createBacklog } from "../kit/backlog.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { type Argon2id, findArgon2id, type HashInput } from "./argon2id.ts";

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

/** Hashes that run at once: more would only queue for the same processors, and hold 19 MiB each. */
const mostAtOnce = 2;

/** Passwords that never wait, however fast they are hashed. */
const mostWaiting = 500;

/** How long a password may wait for its turn, in milliseconds: after it, whoever waits has gone. */
const patience = 5000;

/** A hash of no password, for accounts that don't exist: to refuse them takes as long as to refuse a wrong password. */
const nobody = format(Buffer.alloc(16), Buffer.alloc(32));

/** Hashes passwords, a few at a time. */
export interface PasswordHasher {
  /**
   * Hashes a password with argon2id (RFC 9106), in PHC format.
   * @throws GalleyError `overloaded` when too many wait already
   */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Without a hash it takes as long, and it is not.
   * @throws GalleyError `overloaded` when too many wait already
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

type Parameters = Omit<HashInput, "message" | "nonce">;

/**
 * Creates a hasher; those who share one wait for each other.
 * @param most passwords that may wait, where each is hashed soon
 * @param argon2id where it runs; in Node's own pool of threads unless told otherwise
 */
export function createPasswordHasher(most = mostWaiting, argon2id = createHashInPool()): PasswordHasher {
  const waiting: (() => void)[] = [];
  const backlog = createBacklog({ most, target: patience, burst: patience });
  let running = 0;

  async function tagOf(password: string, salt: Buffer, options: Parameters): Promise<Uint8Array> {
    if (!backlog.admits(waiting.length)) {
      throw new GalleyError("overloaded", "Too many people are signing in; try again shortly.", {
        headers: { "retry-after": "5" },
      });
    }
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      // The same letters typed on two keyboards may be two sequences of code points.
      const message = new TextEncoder().encode(password.normalize("NFKC"));
      const { memory, passes, parallelism, tagLength } = options;
      return await argon2id({ message, nonce: salt, memory, passes, parallelism, tagLength });
    } finally {
      backlog.done();
      // Whoever waits takes the place over, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(16);
      return format(salt, Buffer.from(await tagOf(password, salt, parameters)));
    },
    async verify(password, hash) {
      const parsed = parse(hash ?? nobody);
      if (parsed === undefined) throw new Error("A stored password hash is not argon2id in PHC format.");
      const tag = await tagOf(password, parsed.salt, parsed);
      return timingSafeEqual(tag, parsed.tag) && hash !== undefined;
    },
  };
}

function createHashInPool(): Argon2id {
  let found: ReturnType<typeof findArgon2id> | undefined;
  return async (input) => (await (found ??= findArgon2id())).inPool(input);
}

function format(salt: Buffer, tag: Buffer): string {
  const plain = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
  const { memory, passes, parallelism } = parameters;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(salt)}$${plain(tag)}`;
}

function parse(hash: string): (Parameters & { readonly salt: Buffer; readonly tag: Buffer }) | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (match === null) return undefined;
  const [, memory, passes, parallelism, salt = "", tag = ""] = match;
  const bytes = Buffer.from(tag, "base64");
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: bytes.length,
    salt: Buffer.from(salt, "base64"),
    tag: bytes,
  };
}
