import type { ErrorCode } from "../kit/error-codes.ts";
import type { Logger } from "../kit/logger.ts";
import type { Soon } from "../kit/soon.ts";
import type { AnswerSize } from "../records/answer-size.ts";
import type { RecordContext, WriteContext } from "../records/record-context.ts";
import type { Viewer } from "../records/viewer.ts";
import type { Action, Client } from "../schema/action.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";

/** What a built-in operation does with the records of a collection. */
export type Verb = "list" | "get" | "create" | "createMany" | "update" | "replace" | "delete" | "aggregate";

/** What an operation knows of its call beside the input. */
export interface CallContext {
  readonly principal: Principal;
  readonly viewer: Viewer;
  /** The time of the request, RFC 3339 in UTC. */
  readonly now: string;
  readonly requestId: string;
  readonly client: Client;
  readonly log: Logger;
  /** Whether an answer may be text already, because it is only passed on. */
  readonly text: boolean;
  /** Entity tags without quotes that the record must still have. */
  readonly ifMatch: readonly string[] | undefined;
  /** Entity tags without quotes that the record must not have; `*` demands that there is none. */
  readonly ifNoneMatch: readonly string[] | undefined;
  /** Counts the records that are read or changed, where the answer is one of many. */
  readonly size?: AnswerSize;
}

/** A call inside a transaction. */
export type WriteCall = CallContext & {
  readonly records: WriteContext;
  /** Whether the answer is kept for repetitions. */
  readonly kept: boolean;
};

/** A call on a reading connection. */
export type ReadCall = CallContext & { readonly records: RecordContext };

interface Described {
  /** `films.list`, `checkout`, `auth.signIn`. */
  readonly name: string;
  readonly summary: string;
  readonly collection: CollectionModel | undefined;
  readonly verb: Verb | undefined;
  readonly action: Action | undefined;
  /** Codes that it may answer beside those of every operation. */
  readonly errors: readonly ErrorCode[];
  /**
   * Checks the input and answers what `run` is given: plain data, at once where the input is short.
   * @throws GalleyError `invalid_input`, `invalid_query`, `malformed`
   */
  parse(input: unknown, call: CallContext): Soon<unknown>;
  /**
   * What the caller may do, as plain data.
   * @throws GalleyError `unauthenticated`, `forbidden`
   */
  authorize(call: CallContext, input: unknown): unknown;
}

/** An operation that reads: it runs on the connection of the thread that was asked, and answers what is shown. */
export interface ReadOperation extends Described {
  readonly mode: "read";
  run(input: unknown, grant: unknown, call: ReadCall): Soon<unknown>;
}

/** An operation that writes: it runs in one transaction beside the data, and its result is shown where the caller waits. */
export interface WriteOperation extends Described {
  readonly mode: "write";
  /** Runs before the transaction, where the caller waits: for hashing and network calls. */
  readonly prepare: ((input: unknown, call: ReadCall) => Promise<unknown>) | undefined;
  run(input: unknown, grant: unknown, call: WriteCall, prepared: unknown): Promise<unknown>;
  /** What the caller is shown of the result. */
  present(result: unknown, call: CallContext): Soon<unknown>;
  /** Whether it changes anything, where that depends on its input: what changes nothing needs no Idempotency-Key. */
  readonly changes: ((input: unknown) => boolean) | undefined;
  /**
   * Whether it only adds records, by its input, and neither runs code of the application's that could look at them nor adds
   * anything to an error about one of them.
   */
  readonly adds: ((input: unknown) => boolean) | undefined;
  /** Whether the result is a new record, where that depends; `create` always makes one. */
  readonly created: ((result: unknown) => boolean) | undefined;
}

/** An action without a transaction: it runs where the caller waits, and writes by calling others. */
export interface OutsideOperation extends Described {
  readonly mode: "outside";
  run(input: unknown, call: ReadCall, callOther: (name: string, input: unknown) => Promise<unknown>): Promise<unknown>;
  /** What the caller is shown of the result. */
  present(result: unknown, call: CallContext): Soon<unknown>;
}

/** The unit of the system. Projections show it, `execute` runs it. */
export type Operation = ReadOperation | WriteOperation | OutsideOperation;

/** The operations of a backend by name. */
export type Operations = ReadonlyMap<string, Operation>;
