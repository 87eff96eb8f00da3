import { argon2, argon2Sync } from "node:crypto";
import type { Options } from "@node-rs/argon2";

/** What is hashed, and how. */
export interface HashInput {
  readonly message: Uint8Array;
  readonly nonce: Uint8Array;
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  /** In bytes. */
  readonly tagLength: number;
}

/** Runs argon2id (RFC 9106) somewhere. */
export type Argon2id = (input: HashInput) => Promise<Uint8Array>;

/** argon2id in this thread, or in Node's own pool of threads. */
export interface Argon2idProgram {
  /** Whether it is the package's, which takes half as long. */
  readonly isFast: boolean;
  readonly now: (input: HashInput) => Uint8Array;
  readonly inPool: Argon2id;
}

/**
 * Finds the fastest program that there is: a package's, which hashes with the processor's vector instructions and keeps its memory
 * apart from everybody else's, or, on a system that it wasn't built for, Node's own. Both make the same hashes; Node's takes twice
 * as long, and more where its thread shares a heap that is nearly full, so that the system is asked for 19 MiB each time.
 *
 * @param load finds the package
 */
export async function findArgon2id(load = () => import("@node-rs/argon2")): Promise<Argon2idProgram> {
  try {
    const { hashRaw, hashRawSync } = await load();
    return {
      isFast: true,
      now: (input) => hashRawSync(input.message, optionsOf(input)),
      inPool: (input) => hashRaw(input.message, optionsOf(input)),
    };
  } catch {
    return ofNode;
  }
}

/** Of argon2id, unless told otherwise. */
function optionsOf({ nonce, memory, passes, parallelism, tagLength }: HashInput): Options {
  return { salt: nonce, memoryCost: memory, timeCost: passes, parallelism, outputLen: tagLength };
}

const ofNode: Argon2idProgram = {
  isFast: false,
  now: (input) => argon2Sync("argon2id", input),
  inPool: (input) =>
    new Promise((resolve, reject) => {
      argon2("argon2id", input, (error, tag) => (error === null ? resolve(tag) : reject(error)));
    }),
};
