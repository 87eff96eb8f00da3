import { GalleyError } from "../kit/galley-error.ts";
import type { Row } from "../query/sort.ts";
import { createDatabase } from "../records/database-handle.ts";
import { wholly } from "../records/record-context.ts";
import { admits, refusal } from "../records/permission.ts";
import { checkReferences } from "../records/references.ts";
import type { Action, RunContext, StepContext } from "../schema/action.ts";
import type { Field, Fields } from "../schema/field.ts";
import type { Model } from "../schema/model.ts";
import { refHoldersOf } from "../schema/ref-holders.ts";
import type { Audience } from "../schema/rule.ts";
import { createValidator } from "../schema/validator.ts";
import type { CallContext, Operation, ReadCall, WriteCall } from "./operation.ts";
import { presentOutput } from "./present-output.ts";
import { dependsOnCaller, shapeOutput } from "./shape-output.ts";

type Step = StepContext<Fields, Audience, string>;
type Run = RunContext<Fields, Audience, string, unknown>;
/** Runs another operation with the same caller. */
export type CallOther = (name: string, input: unknown) => Promise<unknown>;

/** The operation that an action is. */
export function actionOperation(
  action: Action,
  model: Model,
  find: (name: string) => Operation | undefined,
): Operation {
  const validator = createValidator<Record<string, unknown>>(action.input, "input");
  const refHolders = action.checksReferences ? refHoldersOf(action.input) : [];

  const described = {
    name: action.name,
    summary: action.summary ?? `Runs ${action.name}.`,
    collection: undefined,
    verb: undefined,
    action,
    errors: Object.keys(action.input).length === 0 ? [] : (["invalid_input"] as const),
    parse: (input: unknown, call: CallContext) => withDefaults(action.input, validator.parse(input ?? {}), call),
    authorize(call: CallContext) {
      if (!admits(action.access, call.principal, call.now)) throw refusal(call.principal);
      return null;
    },
  };
  const shows = dependsOnCaller(action.output);
  const present = (result: unknown, { viewer }: CallContext): unknown =>
    shows ? presentOutput(action.output, result, model, viewer) : result;

  /** Runs another action inside the same transaction. */
  function callWithin(call: WriteCall): CallOther {
    return async (name, input) => {
      const other = find(name);
      if (other === undefined || other.mode === "outside")
        throw new Error(`The action "${name}" can't run inside a transaction.`);
      const checked = await other.parse(input, call);
      const grant = other.authorize(call, checked);
      if (other.mode === "read") return other.run(checked, grant, call);
      if (other.prepare !== undefined)
        throw new Error(`The action "${name}" has a prepare step and can't run inside the transaction of another.`);
      return wholly(call.records, () => other.run(checked, grant, call, undefined));
    };
  }

  if (action.method === "GET") {
    return {
      ...described,
      mode: "read",
      async run(input, _grant, call) {
        const answer: unknown = await action.run(runContext(action, input, call, undefined, readsOnly(action)));
        return present(shapeOutput(action, answer), call);
      },
    };
  }
  if (!action.transaction) {
    return {
      ...described,
      mode: "outside",
      present,
      run: async (input, call, callOther) =>
        shapeOutput(action, await action.run(runContext(action, input, call, undefined, callOther))),
    };
  }
  return {
    ...described,
    mode: "write",
    created: undefined,
    changes: undefined,
    adds: undefined,
    present,
    prepare: action.prepare && (async (input, call) => action.prepare?.(stepContext(action, input, call))),
    async run(input, _grant, call, prepared) {
      await checkReferences(refHolders, input as Row, call.records);
      // Before anything is stored: an answer that nobody gets is for work that wasn't done.
      return shapeOutput(action, await action.run(runContext(action, input, call, prepared, callWithin(call))));
    },
  };
}

function stepContext(action: Action, input: unknown, call: ReadCall | WriteCall): Step {
  return {
    input: input as Step["input"],
    user: call.principal.user,
    db: createDatabase(call.records),
    now: call.now,
    log: call.log,
    fail(code, detail) {
      const declared = action.errors[code];
      if (declared === undefined)
        throw new Error(`The action "${action.name}" failed with "${code}", which it does not declare in errors.`);
      return new GalleyError({ code, ...declared }, detail);
    },
  };
}

function runContext(
  action: Action,
  input: unknown,
  call: ReadCall | WriteCall,
  prepared: unknown,
  callOther: CallOther,
): Run {
  return {
    ...stepContext(action, input, call),
    prepared,
    principal: call.principal,
    client: call.client,
    // The other action's declaration gives the types; what comes back is what its run answered.
    call: (other, otherInput) => callOther(other.name, otherInput) as never,
  };
}

function readsOnly(action: Action): CallOther {
  return () =>
    Promise.reject(new Error(`The action "${action.name}" is a GET, which only reads and calls no other actions.`));
}

/** Fills in what was not sent: every declared input has a value then, null where it may be missing. */
function withDefaults(fields: Fields, input: Record<string, unknown>, call: CallContext): Record<string, unknown> {
  const complete = { ...input };
  for (const [name, field] of Object.entries<Field>(fields)) {
    const fallback = field.modifiers.default;
    if (complete[name] === undefined && typeof fallback === "function") {
      complete[name] = fallback({ now: call.now, user: call.principal.user });
    }
    complete[name] ??= null;
  }
  return complete;
}
