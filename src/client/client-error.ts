import type { ErrorCode, Violation } from "../kit/error-codes.ts";

/**
 * Why there is no answer of the backend: `network`, the connection failed; `timeout`, it took too long; `aborted`, the caller's
 * signal said so; `unexpected_answer`, something else answered, such as a proxy.
 */
export type FailureCode = "network" | "timeout" | "aborted" | "unexpected_answer";

/** What an error tells beside its code and message. */
export interface ErrorContent {
  /** The status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** The id under which the server's log knows the request. */
  readonly requestId?: string | undefined;
  readonly violations?: readonly Violation[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Every error of a call: what the backend refused, by the `code` of its problem (RFC 9457), and what kept it from answering.
 *
 * @example
 * try {
 *   await shop.checkout({ address });
 * } catch (error) {
 *   if (error instanceof GalleyClientError && error.code === "out_of_stock") tell(error.message);
 *   else throw error;
 * }
 */
export class GalleyClientError extends Error {
  override readonly name = "GalleyClientError";
  readonly code: string;
  /** The status of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** The id under which the server's log knows the request. */
  readonly requestId: string | undefined;
  /** What was wrong with the input, place by place; empty where no place was. */
  readonly violations: readonly Violation[];
  /** Seconds after which the same may succeed, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, content: ErrorContent = {}) {
    super(message, content.cause === undefined ? undefined : { cause: content.cause });
    this.code = code;
    this.status = content.status;
    this.requestId = content.requestId;
    this.violations = content.violations ?? [];
    this.retryAfter = content.retryAfter;
  }
}

/**
 * The errors of a call as a union that `switch (error.code)` takes apart.
 *
 * @typeParam Own the codes that an action declares
 */
export type ErrorOf<Own extends string = never> = {
  [C in Own | ErrorCode | FailureCode]: GalleyClientError & { readonly code: C };
}[Own | ErrorCode | FailureCode];
