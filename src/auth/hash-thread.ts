import { argon2Sync } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { lowerPriority } from "../kit/lower-priority.ts";
import type { HashAnswer, HashRequest } from "./hash-beside.ts";

// A thread for passwords: each costs as much as hundreds of other requests, which must not wait for it.
lowerPriority();

parentPort?.on("message", ({ number, message, nonce, ...parameters }: HashRequest) => {
  let answer: HashAnswer;
  try {
    answer = { number, tag: argon2Sync("argon2id", { message, nonce, ...parameters }) };
  } catch (error) {
    answer = { number, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});
