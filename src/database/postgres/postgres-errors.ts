import pg from "pg";
import { GalleyError } from "../../kit/galley-error.ts";
import { missingReferenceError } from "../missing-reference-error.ts";
import type { CollectionModel } from "../../schema/model.ts";

/** The SQLSTATE of an error of the server, or the code of one of the connection. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Whether the transaction lost against another and may succeed when it is run again. */
export function isRetryable(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error));
}

/** Codes of connections that fail; those of a server that goes down or has no room are told by their class. */
const connectionCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOENT",
  "ERR_STREAM_DESTROYED",
]);

/** What the driver says, without a code, about a connection that ended or was never made. */
const connectionMessages =
  /^Connection terminated|^timeout (expired|exceeded)|not queryable|^Cannot use a pool after|^Query read timeout/;

/** What the driver says, without a code, about a server that has no TLS, and about what speaks another protocol. */
export const plainMessage = "The server does not support SSL connections";
export const strangeMessage = "There was an error establishing an SSL connection";
/** Codes of Node.js for TLS that fails: the handshake, the certificate, or its authority. */
const tlsCodes =
  /^(EPROTO|(ERR_SSL|ERR_TLS|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_\w+|(INVALID|PATH_LENGTH)_\w+|HOSTNAME_MISMATCH)$/;

/** Whether TLS failed: the handshake, or what was checked in it. */
export function isTlsFailure(error: unknown): boolean {
  return (
    tlsCodes.test(codeOf(error)) || (error instanceof Error && error.message.includes("before secure TLS connection"))
  );
}

/** The part of the server that refused something. Its messages are in the language of the server. */
function routineOf(error: unknown): string {
  return error instanceof Error && "routine" in error ? String(error.routine) : "";
}

/** Parts of a server that only reads, because it follows another, which refuse to begin what would write. */
const standbyRoutines = /^(call_(enum|bool)_check_hook|GetSerializableTransactionSnapshot)$/;

function isStandby(error: unknown): boolean {
  return codeOf(error) === "0A000" && standbyRoutines.test(routineOf(error));
}

/** Whether the server can't be reached, is going down, or has no room: nothing is known to be wrong with the request. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  // 25006: the server has become a standby, which only reads. 25P03: it has ended a transaction that it saw as idle.
  // 28 and 3D: it lets nobody in any more, for a password that was changed, say.
  if (/^(08|28|3D|57P|53|58)/.test(code) || code === "25006" || code === "25P03" || isStandby(error)) return true;
  if (connectionCodes.has(code) || isTlsFailure(error)) return true;
  return error instanceof Error && connectionMessages.test(error.message);
}

/** Whether a connection failed in a way in which one with TLS, or without it, may not fail. */
export function isOfTheWay(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return !/^(28P|3D|53|57)/.test(error.code ?? "");
  return isTlsFailure(error) || (error instanceof Error && error.message === plainMessage);
}

/** Of the failures of two ways the one that says more than that its way is closed. */
export function moreTelling(first: unknown, second: unknown): unknown {
  const telling = (error: unknown): number =>
    error instanceof Error && error.message === plainMessage ? 0 : codeOf(error) === "28000" ? 1 : 2;
  return telling(second) >= telling(first) ? second : first;
}

/** Whether a prepared statement has to be prepared again: tables have changed, or its preparing failed after all. */
export function isStale(error: unknown): boolean {
  const code = codeOf(error);
  return code === "26000" || (code === "0A000" && routineOf(error) === "RevalidateCachedQuery");
}

/** An outage, or a statement that took too long, as what clients are told; every other error as it is. */
export function outageError(error: unknown): unknown {
  if (codeOf(error) === "57014") {
    return new GalleyError("overloaded", "The query took too long; narrow it, or sort by an indexed field.", {
      headers: { "retry-after": "5" },
      cause: error,
    });
  }
  if (!isOutage(error)) return error;
  return new GalleyError("overloaded", "The database can't be reached or has no room; ask again shortly.", {
    headers: { "retry-after": "1" },
    cause: error,
  });
}

/**
 * The failure of a statement that stores for good. Where the connection broke instead of an answer, nobody knows whether it was
 * stored: that it wasn't would make clients store it a second time.
 */
export function unansweredError(error: unknown): unknown {
  const cause = error instanceof GalleyError ? error.cause : error;
  // What the server itself says, it says before it has stored anything.
  if (!isOutage(cause) || cause instanceof pg.DatabaseError) return error;
  const detail =
    "The connection to the database broke before it said whether this was stored; repeat it with the same Idempotency-Key, or look first.";
  return new GalleyError("overloaded", detail, { headers: { "retry-after": "1" }, cause });
}

/** A violated constraint as the error that names the fields; every other error as {@link outageError} has it. */
export function writeError(error: unknown, collection: CollectionModel): unknown {
  const code = codeOf(error);
  if (code === "23505") {
    const fields = fieldsOf(error);
    return new GalleyError("conflict", `${collection.name} has another record with the same ${fields.join(" and ")}.`, {
      errors: fields.map((field) => ({ path: `/${field}`, code: "not_unique", message: "is taken" })),
      cause: error,
    });
  }
  if (code === "23503") {
    const missing = collection.refs.filter(({ name }) => fieldsOf(error).includes(name));
    if (missing.length > 0 && error instanceof pg.DatabaseError && error.table === collection.name)
      return missingReferenceError(missing, error);
    return new GalleyError(
      "conflict",
      `A record of ${collection.name} refers to one that does not exist, or is referred to by another.`,
      { cause: error },
    );
  }
  if (code === "54000") {
    const detail = `A value of a record of ${collection.name} is too long for the index that its field is part of.`;
    return new GalleyError("invalid_input", detail, { cause: error });
  }
  return outageError(error);
}

/** The columns of `Key ("film", author)=(...) already exists.`; whatever the language, they stand between these signs. */
function fieldsOf(error: unknown): string[] {
  const detail = error instanceof Error && "detail" in error ? String(error.detail) : "";
  const columns = /\(([^=]+)\)=\(/.exec(detail)?.[1] ?? "";
  return columns.split(", ").map((column) => column.replaceAll('"', ""));
}
