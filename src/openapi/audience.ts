import { admits, type Permission, permissionFor } from "../records/permission.ts";
import type { Action } from "../schema/action.ts";
import type { Deed } from "../schema/collection.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { anonymous, type Principal } from "../schema/principal.ts";

/** Who may call an operation. */
export interface Audience {
  /** Whether it is of any use to call it without credentials. */
  readonly open: boolean;
  /** For people. */
  readonly text: string;
}

/** What somebody may do: everything, nothing, or what a rule decides record by record. */
type Reach = "all" | "some" | "none";

/** Who may do something with the records of a collection. Rules are functions, so they are asked about exemplary callers. */
export function audienceOfDeed(
  deed: Deed,
  collection: CollectionModel,
  model: Model,
  roles: readonly string[],
): Audience {
  const reachOf = (permission: Permission): Reach => {
    if (permission.kind === "denied" || permission.kind === "never") return "none";
    return permission.kind === "always" || permission.kind === "unrestricted" ? "all" : "some";
  };
  return describe((caller) => reachOf(permissionFor(deed, collection, model, caller, now)), roles);
}

/** Who may call an action. */
export function audienceOfAction(action: Action, roles: readonly string[]): Audience {
  return describe((caller) => {
    try {
      return admits(action.access, caller, now) ? "all" : "none";
    } catch {
      // A rule of the application's own may look for what an exemplary user doesn't have.
      return "some";
    }
  }, roles);
}

const now = new Date(0).toISOString();

function someone(roles: readonly string[]): Principal {
  return {
    kind: "user",
    user: { id: "00000000-0000-7000-8000-000000000000", email: "someone@example.com", roles },
    session: null,
  };
}

function describe(ask: (caller: Principal) => Reach, roles: readonly string[]): Audience {
  const nobody = ask(anonymous);
  const open = nobody !== "none";
  if (nobody === "all") return { open, text: "For everyone." };
  const signedIn = ask(someone([]));
  if (signedIn === "all" && !open) return { open, text: "For who is signed in." };
  const able = ["admin", ...roles].filter((role) => ask(someone([role])) !== "none");
  const unlimited = able.filter((role) => ask(someone([role])) === "all");
  if (open || signedIn !== "none") {
    const most = open ? "For everyone" : "For who is signed in";
    const beyond = unlimited.length === 0 ? "" : `; without limits for ${rolesText(unlimited)}`;
    return { open, text: `${most}, as far as a rule allows record by record${beyond}.` };
  }
  return { open, text: able.length === 0 ? "For nobody: only actions do this." : `For ${rolesText(able)}.` };
}

function rolesText(roles: readonly string[]): string {
  return `the ${roles.length === 1 ? "role" : "roles"} ${roles.map((role) => `\`${role}\``).join(", ")}`;
}
