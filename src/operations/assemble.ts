import { authActions } from "../auth/auth-actions.ts";
import { credentials, sessions } from "../auth/auth-collections.ts";
import { createPasswordHasher, type PasswordHasher } from "../auth/password-hasher.ts";
import { userMistakes, users, withRoles } from "../auth/users.ts";
import type { Backend } from "../schema/backend.ts";
import { DefinitionError, definitionMistakes } from "../schema/definition-mistakes.ts";
import { createModel, type Model } from "../schema/model.ts";
import { shapeMistakes } from "../schema/shape-mistakes.ts";
import { actionOperation } from "./action-operation.ts";
import { batchOperation } from "./batch-operation.ts";
import { collectionOperations } from "./collection-operations.ts";
import { findRuleMistakes } from "./rule-mistakes.ts";
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
 * @param passwords what hashes them; in Node's own pool of threads unless told otherwise
 * @throws DefinitionError with one message for each mistake
 */
export function assemble(backend: Backend, passwords = createPasswordHasher()): Assembly {
  const strange = shapeMistakes(backend);
  if (strange.length > 0) throw new DefinitionError(strange);
  const declared = backend.collections.some(({ name }) => name === "users")
    ? backend.collections
    : [users(), ...backend.collections];
  const complete = declared.map((one) => (one.name === "users" ? withRoles(one, backend.roles) : one));
  const collections = [...complete, credentials, sessions, idempotencyRecords, marks];
  const wrong = declared.filter(({ name }) => name === "users").flatMap(userMistakes);
  if (wrong.length > 0) throw new DefinitionError(wrong);
  const people = complete.find(({ name }) => name === "users") ?? users();
  const actions = [...authActions(people, backend.auth, passwords), ...backend.actions];
  const mistakes = definitionMistakes(backend, collections, actions);
  if (mistakes.length > 0) throw new DefinitionError(mistakes);

  const model = createModel(collections);
  const probed = complete.flatMap(({ name }) => findRuleMistakes(model.collection(name), model));
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
