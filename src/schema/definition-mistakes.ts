import type { Violation } from "../kit/error-codes.ts";
import type { Action } from "./action.ts";
import type { Backend } from "./backend.ts";
import type { Access, Collection } from "./collection.ts";
import { Field, isHidden } from "./field.ts";
import { refsOf } from "./model.ts";
import { toRule, type RuleLike } from "./rule.ts";

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

const identifier = /^[a-z][a-zA-Z0-9]{0,62}$/;
/** Names with a meaning of their own in a record, a predicate or JavaScript. */
const reservedFields = new Set([
  "id",
  "createdAt",
  "updatedAt",
  "version",
  "and",
  "or",
  "not",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "increment",
]);
/** Names that are paths of Galley's own below `/api`. */
const reservedCollections = new Set([
  "auth",
  "batch",
  "actions",
  "docs",
  "realtime",
  "constructor",
  "prototype",
  "graphql",
  "mcp",
]);

/** Everything that is wrong with a backend's declarations; empty where it makes sense. */
export function definitionMistakes(
  backend: Backend,
  collections: readonly Collection[],
  actions: readonly Action[],
): string[] {
  const roles = new Set(["admin", ...backend.roles]);
  return [
    ...repeated(collections.map(({ name }) => name)).map((name) => `There are two collections named "${name}".`),
    ...repeated(actions.map(({ name }) => name)).map((name) => `There are two actions named "${name}".`),
    ...repeated(actions.map(({ method, path }) => `${method} ${path}`)).map(
      (route) => `There are two actions at ${route}.`,
    ),
    ...collections.flatMap((collection) => collectionMistakes(collection, collections, roles)),
    ...actions.flatMap((action) => actionMistakes(action, roles, collections)),
  ];
}

function collectionMistakes(collection: Collection, all: readonly Collection[], roles: ReadonlySet<string>): string[] {
  const at = `Collection "${collection.name}"`;
  const mistakes: string[] = [];
  if (!collection.internal && !identifier.test(collection.name)) {
    mistakes.push(`${at}: the name must be a camelCase identifier of at most 63 letters and digits.`);
  }
  if (reservedCollections.has(collection.name)) mistakes.push(`${at}: the name is kept for Galley's own paths.`);
  for (const [name, field] of Object.entries(collection.fields)) {
    if (!(field instanceof Field)) {
      mistakes.push(`${at}: "${name}" is no field; use a builder such as text() or integer().`);
      continue;
    }
    mistakes.push(
      ...fieldMistakes(name, field, collection, roles).map((mistake) => `${at}: field "${name}" ${mistake}.`),
    );
  }
  for (const ref of refsOf(collection)) {
    const target = all.find(({ name }) => name === ref.target);
    if (target === undefined) {
      mistakes.push(`${at}: field "${ref.name}" refers to "${ref.target}", and there is no such collection.`);
    } else if (ref.inverse !== undefined) {
      if (!identifier.test(ref.inverse))
        mistakes.push(`${at}: field "${ref.name}" has the inverse "${ref.inverse}", which is no camelCase identifier.`);
      if (Object.hasOwn(target.fields, ref.inverse) || reservedFields.has(ref.inverse)) {
        mistakes.push(
          `${at}: field "${ref.name}" has the inverse "${ref.inverse}", which "${target.name}" uses already.`,
        );
      }
    }
    if (ref.onDelete === "clear" && collection.fields[ref.name]?.modifiers.presence !== "optional") {
      mistakes.push(`${at}: field "${ref.name}" is cleared when its target is deleted, so it must be optional().`);
    }
  }
  for (const name of repeatedInverses(collection, all)) {
    mistakes.push(`${at}: two fields elsewhere have the inverse "${name}".`);
  }
  for (const [what, groups] of [
    ["index", collection.indexes],
    ["unique", collection.unique],
  ] as const) {
    for (const names of groups) {
      if (names.length === 0) mistakes.push(`${at}: an entry of ${what} names no field.`);
      for (const sorted of names) {
        const name = sorted.replace(/^-/, "");
        const field = collection.fields[name];
        if (field === undefined && !["id", "createdAt", "updatedAt", "version"].includes(name)) {
          mistakes.push(`${at}: ${what} names "${name}", and there is no such field.`);
        } else if (field !== undefined && !["text", "number", "boolean"].includes(field.type.family)) {
          mistakes.push(`${at}: ${what} names "${name}", and a ${field.type.name} field has no order.`);
        }
      }
    }
  }
  if (collection.id !== undefined && !["text", "slug", "uuid"].includes(collection.id.type.name)) {
    mistakes.push(`${at}: the id must be text(), slug() or uuid().`);
  }
  mistakes.push(...accessMistakes(collection.access, roles).map((mistake) => `${at}: ${mistake}.`));
  return mistakes;
}

function fieldMistakes(name: string, field: Field, collection: Collection, roles: ReadonlySet<string>): string[] {
  const mistakes = [...field.type.mistakes()];
  const { type, modifiers } = field;
  if (!identifier.test(name))
    mistakes.push("must have a camelCase identifier of at most 63 letters and digits as its name");
  if (reservedFields.has(name)) mistakes.push("has a name that is kept for Galley");
  if (type.name === "record") mistakes.push("is a record(), which only outputs have; use ref()");
  if (modifiers.search && (type.family !== "text" || type.name === "ref"))
    mistakes.push("is searched, and only text can be");
  if (modifiers.search && isHidden(field)) mistakes.push("is searched and hidden; a search would give it away");
  if (modifiers.search && modifiers.readable !== undefined)
    mistakes.push("is searched and not readable by all; a search would give it away");
  if (modifiers.unique && !["text", "number", "boolean"].includes(type.family))
    mistakes.push(`is unique, and a ${type.name} field can't be`);
  if (type.name === "computed" && modifiers.presence !== "computed")
    mistakes.push("is computed, and takes neither optional() nor default()");
  if (
    modifiers.presence === "defaulted" &&
    modifiers.default !== undefined &&
    typeof modifiers.default !== "function"
  ) {
    const violations: Violation[] = [];
    type.validate(modifiers.default, "", violations);
    if (violations[0]) mistakes.push(`has a default that ${violations[0].message}`);
  }
  if (type.options.from !== undefined) {
    const source = collection.fields[type.options.from];
    if (source?.type.family !== "text")
      mistakes.push(`is made from "${type.options.from}", which is no text field here`);
  }
  for (const rule of [modifiers.readable, modifiers.writable]) {
    if (rule) mistakes.push(...ruleMistakes(rule, roles));
  }
  return mistakes;
}

function actionMistakes(action: Action, roles: ReadonlySet<string>, collections: readonly Collection[]): string[] {
  const at = `Action "${action.name}"`;
  const mistakes: string[] = [];
  if (!identifier.test(action.name.replace(/^auth\./, "")))
    mistakes.push(`${at}: the name must be a camelCase identifier of at most 63 letters and digits.`);
  for (const [name, field] of Object.entries(action.input)) {
    if (!(field instanceof Field))
      mistakes.push(`${at}: input "${name}" is no field; use a builder such as text() or integer().`);
    else {
      if (!identifier.test(name)) mistakes.push(`${at}: input "${name}" must have a camelCase identifier as its name.`);
      if (["computed", "record"].includes(field.type.name))
        mistakes.push(`${at}: input "${name}" is ${field.type.name}, which no input can be.`);
      mistakes.push(...field.type.mistakes().map((mistake) => `${at}: input "${name}" ${mistake}.`));
      const target = field.type.options.target;
      if (target !== undefined && !collections.some((one) => one.name === target)) {
        mistakes.push(`${at}: input "${name}" refers to "${target}", and there is no such collection.`);
      }
    }
  }
  if (!/^(\/(:?[a-z][a-zA-Z0-9-]*))+$/.test(action.path))
    mistakes.push(`${at}: the path "${action.path}" must be like /orders/:order/ship.`);
  for (const [, name] of action.path.matchAll(/:([a-zA-Z0-9]+)/g)) {
    if (name !== undefined && !Object.hasOwn(action.input, name))
      mistakes.push(`${at}: the path names ":${name}", and there is no such input.`);
  }
  for (const [code, { status }] of Object.entries(action.errors)) {
    if (!/^[a-z][a-z0-9_]*$/.test(code)) mistakes.push(`${at}: the error "${code}" must be in snake_case.`);
    if (!Number.isInteger(status) || status < 400 || status > 499)
      mistakes.push(`${at}: the error "${code}" has the status ${status}; it must be 400 to 499.`);
  }
  if (action.status < 200 || action.status > 299) mistakes.push(`${at}: the status ${action.status} is no success.`);
  if (action.access !== undefined)
    mistakes.push(...ruleMistakes(action.access, roles).map((mistake) => `${at}: access ${mistake}.`));
  return mistakes;
}

function accessMistakes(access: Access, roles: ReadonlySet<string>): string[] {
  const known = new Set(["read", "write", "create", "update", "delete"]);
  return Object.entries(access).flatMap(([deed, rule]: [string, RuleLike | undefined]) => {
    if (!known.has(deed)) return [`access has "${deed}"; it knows read, write, create, update and delete`];
    if (rule === undefined) return [];
    return ruleMistakes(rule, roles).map((mistake) => `access.${deed} ${mistake}`);
  });
}

function ruleMistakes(rule: RuleLike, roles: ReadonlySet<string>): string[] {
  return toRule(rule)
    .roles.filter((name) => !roles.has(name))
    .map((name) => `names the role "${name}", which is not in backend({ roles })`);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function repeatedInverses(collection: Collection, all: readonly Collection[]): string[] {
  return repeated(
    all.flatMap((other) =>
      refsOf(other).flatMap(({ target, inverse }) => (target === collection.name && inverse ? [inverse] : [])),
    ),
  );
}
