import { sessionLifetime, touchSession } from "../auth/identity.ts";
import type { Engine, Writer } from "../database/engine.ts";
import { type Backlog, createBacklog } from "../kit/backlog.ts";
import { copyOf } from "../kit/copy-of.ts";
import type { Logger } from "../kit/logger.ts";
import { createWriteContext } from "../records/database-handle.ts";
import { checkWhole } from "../records/record-context.ts";
import { createViewer } from "../records/viewer.ts";
import type { Backend } from "../schema/backend.ts";
import type { Model } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";
import type { Command, CommandPort, Outcome } from "./command.ts";
import { claim, recall, release, remember } from "./idempotency.ts";
import { lateRefusal } from "./late-refusal.ts";
import type { Operation, Operations, WriteCall } from "./operation.ts";

/** What carries out commands, beside the data. */
export interface PerformerParts {
  readonly operations: Operations;
  readonly model: Model;
  readonly backend: Backend;
  readonly engine: Engine;
  readonly log: Logger;
  /** Those who wait; left out, they are as many as memory is for, however long each takes. */
  readonly backlog?: Backlog;
}

/** Creates what carries out commands: each in one transaction, with the record of its Idempotency-Key. */
export function createPerformer({
  backend,
  operations,
  model,
  engine,
  log,
  backlog = createBacklog({ burst: Number.POSITIVE_INFINITY }),
}: PerformerParts): CommandPort {
  const lifetime = sessionLifetime(backend.auth);

  async function run(command: Command, writer: Writer): Promise<unknown> {
    const operation = operations.get(command.operation);
    if (operation?.mode !== "write") throw new Error(`"${command.operation}" is no operation that writes.`);
    const viewer = createViewer(model, command.principal, command.now);
    const { principal, now, requestId } = command;
    const records = createWriteContext({ model, principal, viewer, now, requestId, reader: writer }, writer);
    const call: WriteCall = { ...command, viewer, log, text: false, records, kept: command.idempotency !== undefined };
    // An engine may run it again: code that has changed what it was given, in place, must not begin with that.
    const [input, prepared] = runsCode(operation)
      ? [copyOf(command.input), copyOf(command.prepared)]
      : [command.input, command.prepared];
    const result = await operation.run(input, command.grant, call, prepared);
    checkWhole(records);
    // A batch holds answers of actions, among others.
    if (operation.action !== undefined || operation.collection === undefined) checkAnswer(result);
    return result;
  }

  async function step(command: Command, writer: Writer): Promise<Outcome> {
    const { idempotency, now, principal } = command;
    if (command.step === "touch") {
      if (principal.session !== null) await touchSession(principal.session, writer, model, now, lifetime);
      return { result: null, replayed: false };
    }
    if (idempotency === undefined) return { result: await run(command, writer), replayed: false };
    if (command.step === "release") {
      await release(idempotency, writer, model);
      return { result: null, replayed: false };
    }
    if (command.step === "remember") {
      await remember(idempotency, command.input, writer, model, now);
      return { result: command.input, replayed: false };
    }
    const known = await recall(idempotency, writer, model, now, command.claimed);
    if (known !== undefined) return { result: known.result, replayed: true };
    if (command.step === "claim") {
      await claim(idempotency, writer, model, now);
      return { result: null, replayed: false };
    }
    const result = await run(command, writer);
    await remember(idempotency, result, writer, model, now);
    return { result, replayed: false };
  }

  function adds({ step: what, idempotency, operation: name, input }: Command): boolean {
    const operation = operations.get(name);
    if (what !== "run" || idempotency !== undefined || operation?.mode !== "write") return false;
    return operation.adds?.(input) ?? false;
  }

  return {
    perform: (command) =>
      engine
        .write((writer) => step(command, writer), { adds: adds(command) })
        .catch((error: unknown) => {
          const refusal = lateRefusal(error, operations.get(command.operation));
          // It may be a hook that waits for the outside, which nobody but the log would tell.
          if (refusal !== error)
            log.warn(
              { error, requestId: command.requestId },
              `${command.operation} took longer than a transaction may`,
            );
          throw refusal;
        })
        .finally(() => backlog.done()),
    admits: () => backlog.admits(engine.waiting),
  };
}

/** Whether code of the application's is given what an operation was sent. */
function runsCode({ action, collection }: Operation): boolean {
  // A batch has neither, and may have members of both.
  return action !== undefined || collection === undefined || Object.keys(collection.declaration.hooks).length > 0;
}

/**
 * What an action answers crosses to the thread that answers the request. Whoever is told that it failed there has nothing stored,
 * in one thread as in several.
 * @throws Error when it can't
 */
function checkAnswer(result: unknown): void {
  try {
    if (!isPlainData(result)) structuredClone(result);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`What the action answered must be plain data to cross between threads: ${reason}`, { cause });
  }
}

/** Whether a value is what JSON holds: to see that takes a tenth of what a copy does. */
function isPlainData(value: unknown): boolean {
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isPlainData);
  return isPlainObject(value) && Object.values(value).every(isPlainData);
}
