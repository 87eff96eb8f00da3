import type { Client } from "../schema/action.ts";
import type { Principal } from "../schema/principal.ts";
import type { Idempotency } from "./idempotency.ts";

/** A call that is ready to run: plain data, so that it can cross to the thread that writes. */
export interface Command {
  readonly operation: string;
  readonly input: unknown;
  readonly grant: unknown;
  readonly prepared: unknown;
  readonly principal: Principal;
  readonly now: string;
  readonly requestId: string;
  readonly client: Client;
  readonly ifMatch: readonly string[] | undefined;
  readonly ifNoneMatch: readonly string[] | undefined;
  readonly idempotency: Idempotency | undefined;
  /** Whether the key was claimed before, by this very request. */
  readonly claimed: boolean;
  /** What is to be done: run the operation; or, around one that works before its transaction, claim and free its key, or keep its answer; or move the end of the caller's session on. */
  readonly step: "run" | "claim" | "release" | "remember" | "touch";
}

/** What came of a command. */
export interface Outcome {
  readonly result: unknown;
  /** Whether it is the answer of an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
}

/** Where commands are carried out: in this thread, or in the one beside the data. */
export interface CommandPort {
  /** @throws GalleyError what the operation failed with */
  perform(command: Command): Promise<Outcome>;
  /** Whether one more may wait: no more than can be done soon, but for a burst. Whoever has begun something may end it. */
  admits(): boolean;
}
