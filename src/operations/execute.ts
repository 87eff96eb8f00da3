import { createIdentities, type Identity, nobodyInParticular } from "../auth/identity.ts";
import type { Engine } from "../database/engine.ts";
import type { Clock } from "../kit/clock.ts";
import { createIsoTime } from "../kit/iso-time.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { type Soon, soon } from "../kit/soon.ts";
import type { RecordContext } from "../records/record-context.ts";
import { createViewer } from "../records/viewer.ts";
import type { Client } from "../schema/action.ts";
import { anonymous, type Principal } from "../schema/principal.ts";
import type { Assembly } from "./assemble.ts";
import type { Command, CommandPort, Outcome } from "./command.ts";
import { type Idempotency, idempotencyOf, renewsEvery } from "./idempotency.ts";
import { keepClaim } from "./keep-claim.ts";
import type { CallContext, Operation, OutsideOperation, ReadCall, WriteOperation } from "./operation.ts";
import type { RateLimits } from "./rate-limits.ts";

/** One request to run one operation, whatever protocol it came by. */
export interface Call {
  readonly operation: string;
  /** The input as it was sent, or a function that reads it for the caller, as the query of a URL must be. */
  readonly input: unknown;
  readonly credentials: Credentials | undefined;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: readonly string[] | undefined;
  readonly ifNoneMatch: readonly string[] | undefined;
  readonly requestId: string;
  readonly client: Client;
  /** Whether the output may be a `JsonText`; false unless told otherwise. */
  readonly text?: boolean;
}

/** The token of a session, and how it came. */
export interface Credentials {
  readonly token: string;
  /** Whether a token that is not known makes the caller anonymous: a browser sends its old cookie along to sign in anew. */
  readonly lenient: boolean;
}

/** What came of a call. */
export interface Execution {
  /** The output as the caller sees it. */
  readonly output: unknown;
  readonly operation: Operation;
  readonly principal: Principal;
  /** Whether it is the answer of an earlier request with the same Idempotency-Key. */
  readonly replayed: boolean;
  /** Whether a record was made where one might have been replaced. */
  readonly created: boolean;
}

/** An input that can only be read once it is known who asks. */
export class DeferredInput {
  readonly read: (call: CallContext) => unknown;

  constructor(read: (call: CallContext) => unknown) {
    this.read = read;
  }
}

/** What operations run on. */
export interface ExecutorParts {
  readonly assembly: Assembly;
  readonly engine: Engine;
  readonly commands: CommandPort;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs operations: the one way in, for every protocol. What is there at once is answered, or thrown, at once. */
export type Execute = (call: Call) => Soon<Execution>;

/**
 * Creates the pipeline: identify, limit, validate, authorize, run and commit, present. Each stage hands its value to the
 * next, and none reaches back.
 */
export function createExecute({ assembly, engine, commands, limits, clock, log }: ExecutorParts): Execute {
  const { model, operations } = assembly;
  const identities = createIdentities(engine, model);
  const isoTime = createIsoTime();

  return function execute(call) {
    const operation = operations.get(call.operation);
    if (operation === undefined) throw new GalleyError("not_found", `There is no operation "${call.operation}".`);
    const time = clock.now();
    return soon(identifyCaller(call, time), (identity) => run(operation, identity, time, call));
  };

  function run(operation: Operation, { principal, stale }: Identity, time: number, call: Call): Soon<Execution> {
    limits.admitCaller(principal, call.client);
    const context = contextOf(call, principal, time);
    const sent = call.input instanceof DeferredInput ? call.input.read(context) : call.input;
    return soon(operation.parse(sent, context), (input) => runOn(input, operation, stale, call, context));
  }

  function runOn(
    input: unknown,
    operation: Operation,
    stale: boolean,
    call: Call,
    context: CallContext,
  ): Soon<Execution> {
    const { principal } = context;
    if (operation.action !== undefined) limits.admitAction(operation.action, input, principal, call.client);
    const grant = operation.authorize(context, input);
    if (stale) touch(operation, context);
    if (operation.mode !== "read") return write(operation, input, grant, call, context);
    const read = reading(context, (records) => operation.run(input, grant, records));
    return soon(read, (output) => ({ output, operation, principal, replayed: false, created: false }));
  }

  /** A session in use is known: to wait for that would cost each request as much as to find it. */
  function identifyCaller({ credentials, client }: Call, now: number): Soon<Identity> {
    if (credentials === undefined) return nobodyInParticular;
    return identities.recall(credentials.token, now) ?? lookUp(credentials, client, now);
  }

  async function lookUp(credentials: Credentials, client: Client, now: number): Promise<Identity> {
    try {
      return await identities.identify(credentials.token, now);
    } catch (error) {
      if (credentials.lenient && error instanceof GalleyError) return nobodyInParticular;
      // Whoever tries tokens is counted like everyone else.
      limits.admitCaller(anonymous, client);
      throw error;
    }
  }

  /** Nobody waits for it: a session that is used once more tomorrow is touched then. */
  function touch(operation: Operation, context: CallContext): void {
    const command = commandOf(operation, null, null, context, undefined);
    commands.perform({ ...command, step: "touch" }).catch((error: unknown) => {
      log.warn({ error, requestId: context.requestId }, "The end of a session could not be moved on");
    });
  }

  function contextOf(call: Call, principal: Principal, time: number): CallContext {
    const now = isoTime(time);
    const { requestId, client, ifMatch, ifNoneMatch, text = false } = call;
    return {
      principal,
      viewer: createViewer(model, principal, now),
      now,
      requestId,
      client,
      log,
      text,
      ifMatch,
      ifNoneMatch,
    };
  }

  function reading<T>(context: CallContext, work: (call: ReadCall) => Soon<T>): Soon<T> {
    return engine.read((reader) => {
      const { principal, viewer, now, requestId } = context;
      const records: RecordContext = { model, principal, viewer, now, requestId, reader };
      return work({ ...context, records });
    });
  }

  async function write(
    operation: WriteOperation | OutsideOperation,
    input: unknown,
    grant: unknown,
    call: Call,
    context: CallContext,
  ): Promise<Execution> {
    if (!commands.admits()) {
      throw new GalleyError("overloaded", "Too many writes are waiting; ask again shortly.", {
        headers: { "retry-after": "1" },
      });
    }
    const key = operation.mode === "write" && operation.changes?.(input) === false ? undefined : call.idempotencyKey;
    const request = key === undefined ? undefined : requestOf(key, call, context, input);
    const command = commandOf(operation, input, grant, context, request);
    const outcome =
      operation.mode === "outside" || operation.prepare !== undefined
        ? await runAfterWork(operation, command, context)
        : await commands.perform(command);
    const created = operation.mode === "write" && (operation.created?.(outcome.result) ?? false);
    const output = await operation.present(outcome.result, context);
    return { output, operation, principal: context.principal, replayed: outcome.replayed, created };
  }

  /**
   * Runs an operation that works before its transaction, or without one. Under an Idempotency-Key the key is claimed first, so
   * that a repetition doesn't do that work again while the first is at it.
   */
  async function runAfterWork(
    operation: WriteOperation | OutsideOperation,
    command: Command,
    context: CallContext,
  ): Promise<Outcome> {
    const claims = command.idempotency !== undefined;
    if (claims) {
      const claim = await commands.perform({ ...command, step: "claim" });
      if (claim.replayed) return claim;
    }
    const endClaim = claims ? renewClaim(command) : () => Promise.resolve();
    let isDone = false;
    try {
      if (operation.mode === "outside") {
        const result = await reading(context, (records) =>
          operation.run(command.input, records, (name, input) => callOther(name, input, context)),
        );
        isDone = true;
        await endClaim();
        if (claims) await commands.perform({ ...command, input: asKept(result), step: "remember" });
        return { result, replayed: false };
      }
      const prepared = await reading(context, async (records) => operation.prepare?.(command.input, records));
      await endClaim();
      return await commands.perform({ ...command, prepared, claimed: claims });
    } catch (error) {
      await endClaim();
      // What was done outside is done: where only its answer can't be kept, a repetition must not do it again at once.
      if (claims && !isDone) await commands.perform({ ...command, step: "release" });
      throw error;
    }
  }

  /** A claim lapses when its server is gone, not while the work takes its time: a repetition would do it again. */
  function renewClaim(command: Command): () => Promise<void> {
    return keepClaim(
      () => commands.perform({ ...command, now: isoTime(clock.now()), step: "claim", claimed: true }),
      renewsEvery,
      (error) => log.warn({ error, requestId: command.requestId }, "The claim of an Idempotency-Key was not renewed"),
    );
  }

  /** Runs an operation for another one that has no transaction: its caller has been identified and counted. */
  async function callOther(name: string, input: unknown, context: CallContext): Promise<unknown> {
    const operation = operations.get(name);
    if (operation === undefined) throw new Error(`There is no operation "${name}".`);
    const parsed = await operation.parse(input, context);
    const grant = operation.authorize(context, parsed);
    if (operation.mode === "read")
      return await reading({ ...context, text: false }, (records) => operation.run(parsed, grant, records));
    const command = commandOf(operation, parsed, grant, context, undefined);
    const needsWork = operation.mode === "outside" || operation.prepare !== undefined;
    return (needsWork ? await runAfterWork(operation, command, context) : await commands.perform(command)).result;
  }
}

/** What is kept of an answer, which may hold what can't cross to another thread. */
function asKept(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result ?? null));
}

function requestOf(key: string, call: Call, context: CallContext, input: unknown): Idempotency {
  // As it was sent: defaults of an input may be another time or another caller's each time they are filled in.
  const sent = call.input instanceof DeferredInput ? input : (call.input ?? null);
  return idempotencyOf(key, context.principal, [call.operation, sent, call.ifMatch ?? null, call.ifNoneMatch ?? null]);
}

function commandOf(
  operation: Operation,
  input: unknown,
  grant: unknown,
  context: CallContext,
  idempotency: Idempotency | undefined,
): Command {
  const { principal, now, requestId, client, ifMatch, ifNoneMatch } = context;
  return {
    operation: operation.name,
    input,
    grant,
    prepared: undefined,
    principal,
    now,
    requestId,
    client,
    ifMatch,
    ifNoneMatch,
    idempotency,
    claimed: false,
    step: "run",
  };
}
