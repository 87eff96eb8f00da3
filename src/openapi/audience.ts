import type { Assembly } from "../operations/assemble.ts";
import { exemplaryCallers } from "../operations/exemplary-callers.ts";
import { type Reach, reachOf } from "../operations/reach.ts";

/** Who may call an operation. */
export interface Audience {
  /** Whether it is of any use to call it without credentials. */
  readonly open: boolean;
  /** For people. */
  readonly text: string;
}

/** Says of each operation, by its name, who may call it. Rules are functions, so they are asked about exemplary callers. */
export function createAudiences({ backend, model, operations }: Assembly): (name: string) => Audience {
  const { callers, now } = exemplaryCallers(model, backend.roles);
  return (name) => {
    const operation = operations.get(name);
    if (operation === undefined) throw new Error(`There is no operation "${name}".`);
    const reached = callers.map((caller) => ({
      caller: caller.name,
      reach: reachOf(operation, caller.principal, model, now).kind,
    }));
    return describe(reached);
  };
}

function describe(reached: readonly { readonly caller: string; readonly reach: Reach["kind"] }[]): Audience {
  const [anonymous = "none", signedIn = "none"] = reached.map(({ reach }) => reach);
  const open = anonymous !== "none";
  if (anonymous === "all") return { open, text: "For everyone." };
  if (signedIn === "all" && !open) return { open, text: "For who is signed in." };
  const able = reached.slice(2).filter(({ reach }) => reach !== "none");
  if (open || signedIn !== "none") {
    const most = open ? "For everyone" : "For who is signed in";
    const unlimited = able.filter(({ reach }) => reach === "all");
    const beyond = unlimited.length === 0 ? "" : `; without limits for ${rolesText(unlimited)}`;
    return { open, text: `${most}, as far as a rule allows record by record${beyond}.` };
  }
  return { open, text: able.length === 0 ? "For nobody: only actions do this." : `For ${rolesText(able)}.` };
}

function rolesText(roles: readonly { readonly caller: string }[]): string {
  return `the ${roles.length === 1 ? "role" : "roles"} ${roles.map(({ caller }) => `\`${caller}\``).join(", ")}`;
}
