import { usesRelations } from "../query/predicate.ts";
import { decide, type Permission, permissionFor } from "../records/permission.ts";
import type { Deed } from "../schema/collection.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { anonymous, type Principal } from "../schema/principal.ts";

const deeds: readonly Deed[] = ["read", "create", "update", "delete"];
const someday = new Date(0).toISOString();

/**
 * Asks every rule of a collection what it says to nobody and to somebody, so that one that names no field is found before a
 * user finds it. The rules of fields must be decidable from the record alone: they are asked for each record of each answer.
 */
export function findRuleMistakes(collection: CollectionModel, model: Model): string[] {
  const mistakes = new Set<string>();

  function ask(what: string, rule: (principal: Principal) => Permission, alone: boolean): void {
    for (const principal of [anonymous, somebody(model)]) {
      try {
        const permission = rule(principal);
        if (!alone || permission.kind === "denied" || permission.kind === "unrestricted" || !usesRelations(permission))
          continue;
        mistakes.add(
          `Collection "${collection.name}": ${what} leads through a relation; the rule of a field can only use the record itself.`,
        );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        mistakes.add(`Collection "${collection.name}": ${what} fails: ${reason}.`);
      }
    }
  }

  for (const deed of deeds) {
    ask(`access.${deed}`, (principal) => permissionFor(deed, collection, model, principal, someday), false);
  }
  for (const [name, { modifiers }] of collection.fields) {
    for (const what of ["readable", "writable"] as const) {
      const rule = modifiers[what];
      if (rule === undefined) continue;
      ask(`the ${what} rule of "${name}"`, (principal) => decide(rule, collection, model, principal, someday), true);
    }
  }
  return [...mistakes];
}

/** A user with every field that users have, and a value only where each has one. */
function somebody(model: Model): Principal {
  const fields: Record<string, unknown> = {};
  for (const name of model.collection("users").fields.keys()) fields[name] = null;
  const id = "00000000-0000-7000-8000-000000000000";
  return {
    kind: "user",
    user: { ...fields, id, email: "someone@example.com", roles: [] },
    session: null,
  };
}
