import { argon2Sync } from "node:crypto";
import { serveBackground } from "../kit/background-thread.ts";
import type { HashInput } from "./password-hasher.ts";

// A thread for passwords: each costs as much as hundreds of other requests, which must not wait for it.
serveBackground(
  () =>
    (input: HashInput): Uint8Array =>
      argon2Sync("argon2id", input),
);
