import { Worker } from "node:worker_threads";
import { moduleUrl } from "../kit/module-url.ts";
import type { Argon2id, HashInput } from "./password-hasher.ts";

/** What the thread is asked, and what it answers. */
export type HashRequest = { readonly number: number } & HashInput;
export type HashAnswer = { readonly number: number } & ({ readonly tag: Uint8Array } | { readonly error: string });

interface Waiting {
  readonly resolve: (tag: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hashes in a thread of its own, which is started by the first password and gives way to those that answer requests. Node's own
 * pool of threads would take processors from them as an equal.
 */
export function createHashBeside(): Argon2id {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let last = 0;

  function start(): Worker {
    const started = new Worker(moduleUrl("hash-thread", import.meta.url));
    started.on("message", (answer: HashAnswer) => {
      const caller = waiting.get(answer.number);
      waiting.delete(answer.number);
      if (waiting.size === 0) started.unref();
      if ("tag" in answer) caller?.resolve(answer.tag);
      else caller?.reject(new Error(answer.error));
    });
    started.on("error", (error) => {
      worker = undefined;
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    });
    return started;
  }

  return (input) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      // Nobody is kept from ending by a thread that has nothing to do.
      worker.ref();
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ number: last, ...input } satisfies HashRequest);
    });
}
