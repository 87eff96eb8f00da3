import type { Operand } from "../query/predicate.ts";
import { exampleValue } from "../schema/example-value.ts";
import type { Model } from "../schema/model.ts";
import { anonymous, type Principal } from "../schema/principal.ts";

/** Somebody whom rules are asked about, because they are functions and don't say of themselves whom they let pass. */
export interface ExemplaryCaller {
  /** `anonymous`, `signed in`, or the role that they have. */
  readonly name: string;
  readonly principal: Principal;
}

/** Who may ask, by example, and at which time. */
export interface ExemplaryCallers {
  /** Nobody, somebody without roles, and somebody with each role, administrators last. */
  readonly callers: readonly ExemplaryCaller[];
  readonly now: string;
  /** A value as a rule has come to it: `user.id`, `user.team`, `now`, or itself. */
  readonly spell: (operand: Operand) => string;
}

/** The time at which rules are asked; none that a definition is likely to name. */
const now = "2000-01-02T03:04:05.006Z";

/**
 * The callers that are asked about. Each has a value in every field that users have, and no value twice, so that what a rule
 * makes of it can be told.
 */
export function exemplaryCallers(model: Model, roles: readonly string[]): ExemplaryCallers {
  const user: Record<string, unknown> = {};
  for (const [index, [name, field]] of [...model.collection("users").fields].entries()) {
    const id = `00000000-0000-7000-8001-${String(index).padStart(12, "0")}`;
    user[name] = field.type.options.target === undefined ? (exampleValue(field, name, index + 1) ?? null) : id;
  }
  const someone = { ...user, id: "00000000-0000-7000-8002-000000000000", email: "someone@example.com" };
  const named = new Map<unknown, string>(
    Object.entries(someone).flatMap(([name, value]) =>
      typeof value === "string" && model.collection("users").fields.get(name)?.type.name !== "choice"
        ? [[value, `user.${name}`]]
        : [],
    ),
  );
  const withRoles = (own: readonly string[]): Principal => ({
    kind: "user",
    user: { ...someone, roles: own },
    session: null,
  });
  return {
    callers: [
      { name: "anonymous", principal: anonymous },
      { name: "signed in", principal: withRoles([]) },
      ...[...new Set([...roles.filter((role) => role !== "admin"), "admin"])].map((role) => ({
        name: role,
        principal: withRoles([role]),
      })),
    ],
    now,
    spell: (operand) => named.get(operand) ?? (operand === now ? "now" : JSON.stringify(operand)),
  };
}
