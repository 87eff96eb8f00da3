import type { Action } from "./action.ts";
import type { Collection } from "./collection.ts";
import type { Database } from "./repository.ts";
import type { Logger } from "../kit/logger.ts";
import { optionMistakes, optionsOf } from "./option-mistakes.ts";

/** Everything that an application declares. */
export interface BackendOptions<
  C extends readonly Collection[] = readonly Collection[],
  A extends readonly Action[] = readonly Action[],
> {
  /** Shown in the reference; `galley` unless told otherwise. */
  readonly name?: string;
  readonly version?: string;
  readonly collections: C;
  readonly actions?: A;
  /** Roles that users may have, beside `admin`. */
  readonly roles?: readonly string[];
  readonly auth?: AuthOptions;
  readonly limits?: Limits;
  /** Fills an empty database, once, in one transaction. */
  readonly seed?:
    | ((context: { readonly db: Database; readonly now: string; readonly log: Logger }) => Promise<void>)
    | undefined;
}

/** How people come in. */
export interface AuthOptions {
  /** Whether anyone may sign up; true unless told otherwise. */
  readonly signUp?: boolean;
  /** How long a session lasts without use, in days; 30 unless told otherwise. */
  readonly sessionDays?: number;
}

/** Limits of a backend. */
export interface Limits {
  /** Most requests of one caller in a window of seconds; 600 in 60 unless told otherwise, false for no limit. */
  readonly requests?: { readonly limit: number; readonly window: number } | false;
  /** How long an action may hold the transaction, in milliseconds; 2,000 unless told otherwise. */
  readonly transactionTime?: number;
}

/** A whole backend, as plain data. Its type carries what a client needs: collections and actions. */
export interface Backend<
  C extends readonly Collection[] = readonly Collection[],
  A extends readonly Action[] = readonly Action[],
> extends Required<Omit<BackendOptions<C, A>, "seed">> {
  readonly declares: "backend";
  readonly seed: BackendOptions["seed"];
  /** What is wrong with the options that were given, each as a clause. */
  readonly mistakes: readonly string[];
}

const knownOptions = ["name", "version", "collections", "actions", "roles", "auth", "limits", "seed"];

/**
 * Declares a backend: the one definition that every protocol is projected from.
 *
 * @example
 * export default backend({ collections: [films, orders], actions: [checkout], roles: ["clerk"] });
 */
export function backend<const C extends readonly Collection[], const A extends readonly Action[] = readonly []>(
  options: BackendOptions<C, A>,
): Backend<C, A> {
  const given = optionsOf(options);
  return {
    declares: "backend",
    name: given.name ?? "galley",
    version: given.version ?? "0.0.0",
    collections: given.collections ?? ([] as readonly Collection[] as C),
    actions: given.actions ?? ([] as readonly Action[] as A),
    roles: given.roles ?? [],
    auth: optionsOf(given.auth),
    limits: optionsOf(given.limits),
    seed: given.seed,
    mistakes: [
      ...optionMistakes(options ?? null, knownOptions),
      ...optionMistakes(given.auth, ["signUp", "sessionDays"], "auth."),
      ...optionMistakes(given.limits, ["requests", "transactionTime"], "limits."),
    ],
  };
}
