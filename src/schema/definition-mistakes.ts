import { type Action, placesOf } from "./action.ts";
import { actionMistakes } from "./action-mistakes.ts";
import type { Backend } from "./backend.ts";
import type { Collection } from "./collection.ts";
import { collectionMistakes } from "./collection-mistakes.ts";
import { type Relation, relationsOf } from "./model.ts";
import { inWords, sentenceOf } from "./option-mistakes.ts";
import { isPlainObject } from "./validator.ts";

/** A definition that makes no sense: one message per mistake, all of them at once. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
    super(`The definition has ${count}:\n${mistakes.map((mistake) => `  - ${mistake}`).join("\n")}`);
    this.mistakes = mistakes;
  }
}

/** What the declarations are checked against. */
export interface Surroundings {
  readonly collections: readonly Collection[];
  /** Relations of each collection by its name. */
  readonly relations: ReadonlyMap<string, readonly Relation[]>;
  readonly roles: ReadonlySet<string>;
}

/** Everything that is wrong with a backend's declarations; empty where it makes sense. */
export function definitionMistakes(
  backend: Backend,
  collections: readonly Collection[],
  actions: readonly Action[],
): string[] {
  const roles = new Set(["admin", ...backend.roles]);
  const surroundings: Surroundings = { collections, relations: relationsOf(collections), roles };
  return [
    // Databases and file systems don't all tell upper from lower case.
    ...repeated(collections.map(({ name }) => name.toLowerCase())).map(
      (name) => `There are two collections named "${name}"; upper and lower case make no difference.`,
    ),
    ...backend.mistakes.map((mistake) => sentenceOf(`backend(): ${mistake}`)),
    ...sessionMistakes(backend.auth.sessionDays),
    ...settingMistakes(backend).map((mistake) => `backend(): ${mistake}.`),
    ...repeated(backend.roles).map((name) => `backend({ roles }) names "${name}" twice.`),
    ...repeated(actions.map(({ name }) => name)).map((name) => `There are two actions named "${name}".`),
    ...repeated(differentlyNamed(actions).flatMap((action) => placesOf(action).map(routeOf))).map(
      (route) => `There are two actions at ${route}.`,
    ),
    ...collections.flatMap((collection) => collectionMistakes(collection, surroundings)),
    ...actions.flatMap((action) => actionMistakes(action, surroundings)),
  ];
}

function settingMistakes({ name, version, seed, auth, limits }: Backend): string[] {
  const { requests = false, transactionTime = 1 } = limits;
  const isLimit = requests === false || (isPlainObject(requests) && requests.limit > 0 && requests.window > 0);
  const settings: [string, unknown, boolean, string][] = [
    ["name", name, typeof name === "string", "a text"],
    ["version", version, typeof version === "string", "a text"],
    ["seed", seed, seed === undefined || typeof seed === "function", "a function"],
    ["auth.signUp", auth.signUp, ["undefined", "boolean"].includes(typeof auth.signUp), "true or false"],
    ["limits.requests", requests, isLimit, "{ limit, window }, both above 0, or false"],
    [
      "limits.transactionTime",
      transactionTime,
      Number.isFinite(transactionTime) && transactionTime > 0,
      "a number of milliseconds above 0",
    ],
  ];
  return settings
    .filter(([, , fits]) => !fits)
    .map(([setting, value, , right]) => `${setting} is ${inWords(value)}; it must be ${right}`);
}

function sessionMistakes(days: unknown): string[] {
  if (days === undefined || (typeof days === "number" && days > 0 && days <= 3650)) return [];
  return [
    `backend(): auth.sessionDays is ${JSON.stringify(days)}; it must be a number of days above 0 and up to 3,650.`,
  ];
}

/** One of each name: that others have it too is one mistake, and not one more for each of their places. */
function differentlyNamed(actions: readonly Action[]): readonly Action[] {
  return [...new Map(actions.map((action) => [action.name, action])).values()];
}

/** Two routes that differ only in the names of their inputs are one. */
function routeOf({ method, path }: Pick<Action, "method" | "path">): string {
  return `${method} ${path}`.replaceAll(/:[^/]+/g, ":");
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
