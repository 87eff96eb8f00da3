import type { SystemFields } from "../schema/infer.ts";

/** How a call is made. */
export interface CallOptions {
  /** Ends the call, while it waits to be tried again too. */
  readonly signal?: AbortSignal | undefined;
}

/** How a call that may change something is made. */
export interface WriteOptions extends CallOptions {
  /** The server does what has been asked under one key once. Each call has one of its own unless told otherwise. */
  readonly idempotencyKey?: string | undefined;
}

/** A record as it was read, or its entity tag as the server spelled it, quotes included. */
export type Known = Pick<SystemFields, "version" | "createdAt"> | string;

/** How a record is changed. */
export interface ChangeOptions extends WriteOptions {
  /** The change is refused as `precondition_failed` when the record has moved on since it was read. */
  readonly ifMatch?: Known | undefined;
}
