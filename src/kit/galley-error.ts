import { type ErrorCode, errorCodes, type Violation } from "./error-codes.ts";

/** Everything beside the message that an error may carry. */
export interface ErrorDetails {
  /** Places in the input that were wrong. */
  readonly errors?: readonly Violation[];
  /** Response header fields that belong to the error, such as `Retry-After`; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The private cause: logged under the request id, never shown. */
  readonly cause?: unknown;
}

/** An error as plain data: how it travels between threads. */
export interface PlainError extends ErrorDetails {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/**
 * An error that a client may see: a code, a status and a message to act on.
 * Anything else that is thrown is answered as `internal`, and its message is never shown.
 *
 * @example
 * throw new GalleyError("not_found", "There is no film with the id 42.");
 */
export class GalleyError extends Error {
  override readonly name = "GalleyError";
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly errors: readonly Violation[] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  /**
   * @param code a code of the registry, or code, status and title of an error that an action declared
   * @param detail one sentence: what was wrong, where, and what would be right
   */
  constructor(
    code: ErrorCode | { code: string; status: number; title: string },
    detail: string,
    details: ErrorDetails = {},
  ) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    const kind = typeof code === "string" ? { code, ...errorCodes[code] } : code;
    this.code = kind.code;
    this.status = kind.status;
    this.title = kind.title;
    this.errors = details.errors;
    this.headers = details.headers;
  }
}

/** The error that says of an input, or of a query, everything that is wrong with it at once. */
export function invalid(code: "invalid_input" | "invalid_query", violations: readonly Violation[]): GalleyError {
  const [first, ...others] = violations;
  if (first === undefined) return new GalleyError(code, "The input is not valid.");
  const place = first.path === "" ? "The input" : first.path.slice(1).replaceAll("/", ".");
  const rest = others.length === 0 ? "" : `, and ${others.length} more`;
  return new GalleyError(code, `${place} ${first.message}${rest}`, { errors: violations });
}

/** Any thrown value as the error that is answered: a `GalleyError` is itself, all else is `internal`. */
export function toGalleyError(thrown: unknown): GalleyError {
  if (thrown instanceof GalleyError) return thrown;
  return new GalleyError("internal", "The request could not be completed; the cause is in the log.", { cause: thrown });
}

/** An error as plain data that can cross to another thread; a private cause crosses as its stack. */
export function toPlainError(thrown: unknown): PlainError {
  const error = toGalleyError(thrown);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : JSON.stringify(error.cause);
  return {
    code: error.code,
    status: error.status,
    title: error.title,
    detail: error.message,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.headers === undefined ? {} : { headers: error.headers }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The error that {@link toPlainError} took apart. */
export function fromPlainError(plain: PlainError): GalleyError {
  return new GalleyError(plain, plain.detail, plain);
}
