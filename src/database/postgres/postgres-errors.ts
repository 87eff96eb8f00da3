import { GalleyError } from "../../kit/galley-error.ts";
import type { CollectionModel } from "../../schema/model.ts";

/** The SQLSTATE of an error of the server, or the code of one of the connection. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Whether the transaction lost against another and may succeed when it is run again. */
export function isRetryable(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error));
}

/** Whether the server can't be reached, is going down, or has no room: nothing is known to be wrong with the request. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  if (/^(08|57P|53)/.test(code)) return true;
  if (["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"].includes(code))
    return true;
  const message = error instanceof Error ? error.message : "";
  return /Connection terminated|timeout exceeded when trying to connect|connection timeout|not queryable|Client was closed/i.test(
    message,
  );
}

/** An outage as what clients are told; every other error as it is. */
export function outageError(error: unknown): unknown {
  if (!isOutage(error)) return error;
  return new GalleyError("overloaded", "The database can't be reached or has no room; ask again shortly.", {
    headers: { "retry-after": "1" },
    cause: error,
  });
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
    return new GalleyError(
      "conflict",
      `A record of ${collection.name} refers to one that does not exist, or is referred to by another.`,
      { cause: error },
    );
  }
  return outageError(error);
}

/** The columns of `Key ("film", author)=(...) already exists.`; whatever the language, they stand between these signs. */
function fieldsOf(error: unknown): string[] {
  const detail = error instanceof Error && "detail" in error ? String(error.detail) : "";
  const columns = /\(([^=]+)\)=\(/.exec(detail)?.[1] ?? "";
  return columns.split(", ").map((column) => column.replaceAll('"', ""));
}
