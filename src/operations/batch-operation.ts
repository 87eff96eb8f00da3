import type { Violation } from "../kit/error-codes.ts";
import { GalleyError, invalid } from "../kit/galley-error.ts";
import { createPauses } from "../kit/pauses.ts";
import { createAnswerSize, sizeOf } from "../records/answer-size.ts";
import { isPlainObject } from "../schema/validator.ts";
import type { CallContext, Operation, WriteOperation } from "./operation.ts";
import { prefixErrors, withPrefix } from "./prefix-errors.ts";
import { presentMany } from "./present-many.ts";
import { mostInOneRequest } from "./record-inputs.ts";

/**
 * Megabytes that the records which a batch reads and changes, and the answers of its actions, come to at the most: everybody
 * who writes waits for them. Fewer are kept for an Idempotency-Key, each for a day. New records don't count: they were sent.
 */
const mostAnswered = 8;
const mostKept = 2;

interface Member {
  readonly operation: string;
  readonly input: unknown;
  readonly ifMatch: readonly string[] | undefined;
}

type Transactional = Exclude<Operation, { readonly mode: "outside" }>;

/** The operation that runs others in one transaction: all or none. Each is checked as if it were called alone. */
export function batchOperation(find: (name: string) => Operation | undefined): WriteOperation {
  function lookUp(name: string): Transactional {
    const operation = find(name);
    if (operation === undefined || operation.mode === "outside")
      throw new Error(`"${name}" can't be a member of a batch.`);
    return operation;
  }

  const contextOf = <C extends CallContext>(call: C, member: Member): C => ({
    ...call,
    // What each answers becomes part of one answer.
    text: false,
    ifMatch: member.ifMatch,
    ifNoneMatch: undefined,
  });

  return {
    name: "batch",
    summary: "Runs many operations in one transaction: all or none.",
    mode: "write",
    created: undefined,
    changes: (input) => (input as Member[]).some(({ operation }) => lookUp(operation).mode === "write"),
    adds: undefined,
    collection: undefined,
    verb: undefined,
    action: undefined,
    errors: ["invalid_input", "invalid_query", "not_found", "conflict", "precondition_failed", "too_large"],
    async parse(input, call) {
      const pause = createPauses();
      const parsed: Member[] = [];
      for (const [index, member] of readMembers(input, find).entries()) {
        const own = await prefixErrors(`/${index}/input`, () =>
          lookUp(member.operation).parse(member.input, contextOf(call, member)),
        );
        parsed.push({ ...member, input: own });
        await pause();
      }
      return parsed;
    },
    authorize: (call, input) =>
      (input as Member[]).map((member, index) =>
        relocated(`/${index}`, () => lookUp(member.operation).authorize(call, member.input)),
      ),
    async prepare(input, call) {
      const prepared: unknown[] = [];
      for (const [index, member] of (input as Member[]).entries()) {
        const operation = lookUp(member.operation);
        const step = operation.mode === "write" ? operation.prepare : undefined;
        prepared.push(step && (await prefixErrors(`/${index}`, () => step(member.input, contextOf(call, member)))));
      }
      return prepared;
    },
    async run(input, grants, call, prepared) {
      const results: { readonly operation: string; readonly result: unknown }[] = [];
      const size = createAnswerSize(call.kept ? mostKept : mostAnswered, tooMuch);
      for (const [index, member] of (input as Member[]).entries()) {
        const operation = lookUp(member.operation);
        const own = { ...contextOf(call, member), size };
        const grant = (grants as unknown[])[index];
        const result = await prefixErrors(`/${index}`, async () => {
          const answer = await (operation.mode === "read"
            ? operation.run(member.input, grant, own)
            : operation.run(member.input, grant, own, (prepared as unknown[])[index]));
          if (operation.action !== undefined) size.add(sizeOf(answer));
          return answer;
        });
        results.push({ operation: member.operation, result });
      }
      return results;
    },
    async present(results, call) {
      const pause = createPauses();
      const shown: unknown[] = [];
      for (const { operation, result } of results as { operation: string; result: unknown }[]) {
        const known = lookUp(operation);
        shown.push(known.mode === "write" ? await known.present(result, { ...call, text: false }) : result);
        await pause();
      }
      return presentMany(shown, (one) => one, call);
    },
  };
}

function readMembers(input: unknown, find: (name: string) => Operation | undefined): Member[] {
  if (!Array.isArray(input)) {
    throw invalid("invalid_input", [
      { path: "", code: "wrong_type", message: 'must be an array of { "operation", "input" }' },
    ]);
  }
  if (input.length > mostInOneRequest) {
    const detail = `A batch has at most ${mostInOneRequest} operations; this one has ${input.length}.`;
    throw new GalleyError("too_large", detail);
  }
  const violations: Violation[] = [];
  const members = input.map((one: unknown, index) => readMember(one, `/${index}`, find, violations));
  checkRecords(members, find, violations);
  if (violations.length > 0) throw invalid("invalid_input", violations.slice(0, 100));
  return members;
}

/** A batch is one request, so it may write and read as many records as any other. */
function checkRecords(
  members: readonly Member[],
  find: (name: string) => Operation | undefined,
  violations: Violation[],
): void {
  let left = mostInOneRequest;
  for (const [index, { operation, input }] of members.entries()) {
    left -= find(operation)?.verb === "createMany" && Array.isArray(input) ? Math.max(1, input.length) : 1;
    if (left >= 0) continue;
    const message = `makes more than ${mostInOneRequest} records of one batch; send it in another request`;
    violations.push({ path: `/${index}/input`, code: "too_many", message });
    return;
  }
}

function tooMuch(most: string): GalleyError {
  return new GalleyError("too_large", `The records and answers of the batch come to more than ${most}; split it.`);
}

function readMember(
  one: unknown,
  path: string,
  find: (name: string) => Operation | undefined,
  violations: Violation[],
): Member {
  const { operation, input, ifMatch, ...rest } = isPlainObject(one) ? one : {};
  const known = typeof operation === "string" ? find(operation) : undefined;
  const add = (at: string, code: string, message: string): void =>
    void violations.push({ path: path + at, code, message });
  if (!isPlainObject(one)) add("", "wrong_type", 'must be an object of "operation" and "input"');
  else if (known === undefined) add("/operation", "unknown_operation", "is not an operation here");
  else if (known.mode === "outside" || known.name === "batch")
    add("/operation", "not_transactional", "does not run in a transaction");
  else if (known.action?.session !== undefined || known.action?.limit !== undefined) {
    add("/operation", "not_allowed", "is limited and must be called alone");
  } else if (known.verb === "list" || known.verb === "aggregate") {
    // A batch runs where everything is written: a read of many records would hold up every writer.
    add("/operation", "not_allowed", "reads many records and must be called alone");
  } else if (known.verb === "get" && isPlainObject(input) && (input["include"] ?? input["view"]) !== undefined) {
    add("/input/include", "not_allowed", "reads many records and must be asked for alone");
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) add(`/${unknown}`, "unknown_field", "is not a field here");
  if (ifMatch !== undefined && typeof ifMatch !== "string")
    add("/ifMatch", "wrong_type", "must be the entity tag of the record");
  return {
    operation: String(operation),
    input,
    ifMatch: typeof ifMatch === "string" ? [ifMatch.replace(/^"|"$/g, "")] : undefined,
  };
}

/** {@link prefixErrors} for work that doesn't wait. */
function relocated<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withPrefix(prefix, error);
  }
}
