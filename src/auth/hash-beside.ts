import { createBackground } from "../kit/background.ts";
import { moduleUrl } from "../kit/module-url.ts";
import type { Argon2id, HashInput } from "./argon2id.ts";

/**
 * Hashes in a thread of its own, which is started by the first password and gives way to those that answer requests. Node's own
 * pool of threads would take processors from them as an equal.
 */
export function createHashBeside(): Argon2id {
  return createBackground<HashInput, Uint8Array>(moduleUrl("hash-thread", import.meta.url)).run;
}
