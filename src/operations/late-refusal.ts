import { TransactionTimeout } from "../database/deadline.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Operation } from "./operation.ts";

/**
 * What is answered for an operation that was not done in the time of a transaction. Where it was too much for one request, to
 * repeat it is of no use, and the caller is told to ask for less. One record is never too much: then something else was slow.
 * An action's own code is the application's to mend, so its error stays as it is, for the log.
 */
export function lateRefusal(error: unknown, operation: Operation | undefined): unknown {
  if (!(error instanceof TransactionTimeout) || operation === undefined || operation.action !== undefined) return error;
  const late = `took longer than a transaction may, and nothing of it was stored`;
  if (operation.verb === "delete") {
    const remedy = "delete the records that refer to this one first, in parts";
    return new GalleyError("too_large", `To delete this record and what goes with it ${late}; ${remedy}.`, {
      cause: error,
    });
  }
  if (operation.name === "batch" || operation.verb === "createMany")
    return new GalleyError("too_large", `The request ${late}; split it.`, { cause: error });
  return new GalleyError("overloaded", `The request ${late}; ask again shortly.`, {
    headers: { "retry-after": "1" },
    cause: error,
  });
}
