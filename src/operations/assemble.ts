import { authActions } from "../auth/auth-actions.ts";
import { credentials, sessions } from "../auth/auth-collections.ts";
import { createPasswordHasher, type PasswordHasher } from "../auth/password-hasher.ts";
import { users, withRoles } from "../auth/users.ts";
import { permissionFor } from "../records/permission.ts";
import type { Backend } from "../schema/backend.ts";
import type { Collection, Deed } from "../schema/collection.ts";
import { DefinitionError, definitionMistakes } from "../schema/definition-mistakes.ts";
import { createModel, type Model } from "../schema/model.ts";
import { anonymous, type Principal } from "../schema/principal.ts";
import { actionOperation } from "./action-operation.ts";
import { batchOperation } from "./batch-operation.ts";
import { collectionOperations } from "./collection-operations.ts";
import { idempotencyRecords } from "./idempotency.ts";
import { marks } from "./bootstrap-marks.ts";
import type { Operation, Operations } from "./operation.ts";

/** A backend, ready to run: what every thread makes of the definition. */
export interface Assembly {
  readonly backend: Backend;
  readonly model: Model;
  readonly operations: Operations;
  readonly passwords: PasswordHasher;
}

/**
 * Makes the list of operations from a definition.
 * @throws DefinitionError with one message for each mistake
 */
export function assemble(backend: Backend): Assembly {
  const declared = backend.collections.some(({ name }) => name === "users")
    ? backend.collections
    : [users(), ...backend.collections];
  const complete = declared.map((one) => (one.name === "users" ? withRoles(one, backend.roles) : one));
  const collections = [...complete, credentials, sessions, idempotencyRecords, marks];
  const passwords = createPasswordHasher();
  const people = complete.find(({ name }) => name === "users") ?? users();
  const actions = [...authActions(people, backend.auth, passwords), ...backend.actions];
  const mistakes = definitionMistakes(backend, collections, actions);
  if (mistakes.length > 0) throw new DefinitionError(mistakes);

  const model = createModel(collections);
  const probed = complete.flatMap((collection) => rulesThatFail(collection, model));
  if (probed.length > 0) throw new DefinitionError(probed);

  const operations = new Map<string, Operation>();
  const find = (name: string): Operation | undefined => operations.get(name);
  for (const collection of model.collections.values()) {
    if (collection.declaration.internal) continue;
    for (const operation of collectionOperations(collection, model)) operations.set(operation.name, operation);
  }
  for (const action of actions) operations.set(action.name, actionOperation(action, model, find));
  operations.set("batch", batchOperation(find));
  return { backend, model, operations, passwords };
}

/** Asks every rule what it says to nobody and to somebody, so that one that names no field is found before a user finds it. */
function rulesThatFail(collection: Collection, model: Model): string[] {
  const somebody: Principal = {
    kind: "user",
    user: { id: "00000000-0000-7000-8000-000000000000", email: "someone@example.com", roles: [] },
    session: null,
  };
  const deeds: Deed[] = ["read", "create", "update", "delete"];
  const now = new Date(0).toISOString();
  const said = deeds.flatMap((deed) =>
    [anonymous, somebody].flatMap((principal) => {
      try {
        permissionFor(deed, model.collection(collection.name), model, principal, now);
        return [];
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return [`Collection "${collection.name}": access.${deed} fails: ${reason}.`];
      }
    }),
  );
  return [...new Set(said)];
}
