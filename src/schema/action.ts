import type { Logger } from "../kit/logger.ts";
import type { GalleyError } from "../kit/galley-error.ts";
import type { Collection } from "./collection.ts";
import { answeredField, answeredFields, Field, type Fields } from "./field.ts";
import type { InputOf, RecordOf, ValueOf, Values } from "./infer.ts";
import type { Principal, User } from "./principal.ts";
import type { Database } from "./repository.ts";
import type { Audience, Rule, Decide, RuleLike } from "./rule.ts";
import { optionMistakes, optionsOf, inWords } from "./option-mistakes.ts";
import { isPlainObject } from "./validator.ts";

/** What an action answers: the fields of an object, one field, or a record of a collection. */
export type Output = Fields | Field | Collection;

/** The value that `run` gives back for an output. */
export type OutputValue<O> = O extends Collection
  ? RecordOf<O>
  : O extends Field
    ? ValueOf<O>
    : O extends Fields
      ? Values<O>
      : void;

/** An error of an action's own: a 4xx status, and a title where the code doesn't say enough. */
export type ActionError = number | { readonly status: number; readonly title: string };

/** What every step of an action is given. */
export interface StepContext<F extends Fields, A extends Audience, E extends string> {
  /** The input, checked, with its defaults. */
  readonly input: Simple<F>;
  /** Who asks. Never null where the access rule is known to keep anonymous out: `signedIn`, `role("admin")`. */
  readonly user: "anyone" extends A ? User | null : User;
  readonly db: Database;
  /** The time of the request, RFC 3339 in UTC. */
  readonly now: string;
  readonly log: Logger;
  /**
   * Makes one of the errors that the action declares.
   * @example throw fail("out_of_stock", "Only 2 copies are left.");
   */
  readonly fail: (code: E, detail: string) => GalleyError;
}

type Simple<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** What `run` is given: the step's context and what `prepare` answered. */
export interface RunContext<F extends Fields, A extends Audience, E extends string, P> extends StepContext<F, A, E> {
  readonly prepared: P;
  readonly principal: Principal;
  /** Where the request came from, for sessions and logs. */
  readonly client: Client;
  /**
   * Runs another action with the same caller. Where this action has no transaction of its own, each call is one.
   */
  readonly call: <I extends Fields, O extends Output | undefined>(
    action: Action<string, I, O>,
    input: InputOf<I>,
  ) => Promise<OutputValue<O>>;
}

/** Where a request came from. */
export interface Client {
  readonly address: string;
  readonly agent: string;
}

/** Everything about an action but its name. */
export interface ActionOptions<
  I extends Fields,
  O extends Output | undefined,
  A extends Audience,
  E extends string,
  P,
> {
  /** One line for the reference. */
  readonly summary?: string;
  readonly input?: I;
  readonly output?: O;
  /** Who may call it; administrators only where nothing is said. */
  readonly access?: Rule<A> | Decide;
  /** Errors of its own and their 4xx status: `{ out_of_stock: 409 }`. */
  readonly errors?: { readonly [K in E]: ActionError };
  /** How it is called over HTTP: POST unless told otherwise. A GET only reads. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Its path below `/api`; `/actions/<name>` unless told otherwise. May hold inputs: `/orders/:order/ship`. */
  readonly path?: string;
  /** Status of a success; 200, or 204 without an output, unless told otherwise. */
  readonly status?: number;
  /** Most calls by one caller: `{ limit: 10, window: 60 }` is 10 in 60 seconds. */
  readonly limit?: { readonly limit: number; readonly window: number };
  /**
   * Whether `run` is one serializable transaction, beside the data; true unless told otherwise. Without one it may wait
   * for the network, reads only, and calls other actions to write.
   */
  readonly transaction?: boolean;
  /** Runs before the transaction, where hashing and network calls belong; `run` gets what it answers, as plain data. */
  readonly prepare?: (context: StepContext<I, A, E>) => Promise<P> | P;
  readonly run: (context: RunContext<I, A, E, P>) => Promise<OutputValue<O>> | OutputValue<O>;
}

/** An action: one operation of the application's own, as plain data. */
export interface Action<
  N extends string = string,
  I extends Fields = Fields,
  O extends Output | undefined = Output | undefined,
  E extends string = string,
> {
  readonly declares: "action";
  readonly name: N;
  readonly summary: string | undefined;
  readonly input: I;
  readonly output: O;
  readonly access: RuleLike | undefined;
  readonly errors: Readonly<Record<E, { readonly status: number; readonly title: string }>>;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly status: number;
  readonly limit: { readonly limit: number; readonly window: number } | undefined;
  readonly transaction: boolean;
  readonly prepare: ((context: StepContext<Fields, Audience, string>) => unknown) | undefined;
  readonly run: (context: RunContext<Fields, Audience, string, unknown>) => unknown;
  /** Whether a success starts or ends the caller's session: HTTP sets or clears the cookie. */
  readonly session: "starts" | "ends" | undefined;
  /** What the limit counts by beside the caller: the account that someone tries to sign in to. */
  readonly limitKey: ((input: Readonly<Record<string, unknown>>) => string) | undefined;
  /** Whether the references in its input must lead to records that the caller sees, as those of a record must. */
  readonly checksReferences: boolean;
  /** What is wrong with the options that were given, each as a clause. */
  readonly mistakes: readonly string[];
}

const knownOptions = "summary input output access errors method path status limit transaction prepare run".split(" ");

/**
 * Declares business logic: an operation with an input, an output, an access rule and a function that runs in one
 * serializable transaction.
 *
 * @param name camelCase; the same in every protocol
 * @example
 * export const restock = action("restock", {
 *   input: { film: ref("films"), copies: integer({ min: 1 }) },
 *   output: films,
 *   access: role("admin"),
 *   run: ({ input, db }) => db(films).update(input.film, { stock: { increment: input.copies } }),
 * });
 */
export function action<
  const N extends string,
  I extends Fields = { readonly [name in never]: Field },
  O extends Output | undefined = undefined,
  // What a bare function lets pass can't be inferred: it may be anyone.
  A extends Audience = "anyone",
  E extends string = never,
  P = undefined,
>(name: N, options: ActionOptions<I, O, A, E, P>): Action<N, I, O, E> {
  const given = optionsOf(options);
  const declared = Object.entries<ActionError>({ ...optionsOf(given.errors) } as Record<string, ActionError>);
  return {
    declares: "action",
    name,
    summary: given.summary,
    input: optionsOf(given.input) as I,
    output: answered(given.output) as O,
    access: given.access,
    errors: Object.fromEntries(
      declared.map(([code, error]) => [
        code,
        typeof error === "object" ? error : { status: error, title: sentence(code) },
      ]),
    ) as Action<N, I, O, E>["errors"],
    method: given.method ?? "POST",
    path: given.path ?? `/actions/${name}`,
    status: given.status ?? (given.output === undefined ? 204 : 200),
    limit: given.limit,
    transaction: given.transaction ?? true,
    prepare: given.prepare as Action["prepare"],
    run: given.run as unknown as Action["run"],
    session: undefined,
    limitKey: undefined,
    checksReferences: false,
    mistakes: [
      ...optionMistakes(options ?? null, knownOptions),
      ...(["input", "errors"] as const)
        .filter((option) => given[option] !== undefined && !isPlainObject(given[option]))
        .map((option) => `${option} is ${inWords(given[option])}; it must be an object`),
    ],
  };
}

/**
 * Where an action is called over HTTP, below `/api`: at its own place, and by its name. Who knows a definition by its types
 * knows the names alone.
 */
export function placesOf({ name, method, path }: Action): readonly Pick<Action, "method" | "path">[] {
  const byName = { method: "POST", path: `/actions/${name}` } as const;
  const only = (method === byName.method && path === byName.path) || name.startsWith("auth.");
  return only ? [{ method, path }] : [{ method, path }, byName];
}

/** `out_of_stock` as a title: `Out of stock`. */
function sentence(code: string): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An output without the limits that nobody has spoken. What is none is a mistake that is told elsewhere. */
function answered(output: Output | undefined): Output | undefined {
  if (output instanceof Field) return answeredField(output);
  return isPlainObject(output) && output["declares"] === undefined ? answeredFields(output) : output;
}
