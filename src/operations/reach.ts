import { GalleyError } from "../kit/galley-error.ts";
import { silentLogger } from "../kit/logger.ts";
import type { Predicate } from "../query/predicate.ts";
import type { Permission } from "../records/permission.ts";
import { createViewer } from "../records/viewer.ts";
import type { Model } from "../schema/model.ts";
import type { Principal } from "../schema/principal.ts";
import { isPlainObject } from "../schema/validator.ts";
import type { CallContext, Operation } from "./operation.ts";

/** What somebody may do: everything, nothing, what a predicate says record by record, or what only a real caller can tell. */
export type Reach =
  | { readonly kind: "all" | "none" }
  | { readonly kind: "some"; readonly where: Predicate }
  | { readonly kind: "unknown"; readonly reason: string };

/** What a caller may do with an operation, decided by the very step that decides it for requests. */
export function reachOf(operation: Operation, principal: Principal, model: Model, now: string): Reach {
  const call: CallContext = {
    principal,
    viewer: createViewer(model, principal, now),
    now,
    requestId: "",
    client: { address: "", agent: "" },
    log: silentLogger,
    text: false,
    ifMatch: undefined,
    ifNoneMatch: undefined,
  };
  return decided(() => {
    const grant = operation.authorize(call, []);
    const permission = isPlainObject(grant) && "write" in grant ? grant["write"] : grant;
    return isPlainObject(permission) && "kind" in permission ? (permission as Permission) : { kind: "always" };
  });
}

/** What a rule comes to that may refuse, or fail because the caller is only an example. */
export function decided(ask: () => Permission): Reach {
  try {
    const permission = ask();
    if (permission.kind === "always" || permission.kind === "unrestricted") return { kind: "all" };
    if (permission.kind === "never" || permission.kind === "denied") return { kind: "none" };
    return { kind: "some", where: permission };
  } catch (error) {
    if (error instanceof GalleyError && (error.code === "unauthenticated" || error.code === "forbidden"))
      return { kind: "none" };
    return { kind: "unknown", reason: error instanceof Error ? error.message : String(error) };
  }
}
