import { type ErrorCode, errorCodes } from "../kit/error-codes.ts";
import type { Action, Output } from "./action.ts";
import type { Collection } from "./collection.ts";
import type { Surroundings } from "./definition-mistakes.ts";
import { hasOrder, isField } from "./field.ts";
import { fieldMistakes } from "./field-mistakes.ts";
import { identifierRule, isIdentifier, ownPaths } from "./names.ts";
import { Rule } from "./rule.ts";
import { ruleMistakes } from "./rule-mistakes.ts";
import { isPlainObject } from "./validator.ts";
import { sentenceOf, inWords } from "./option-mistakes.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Everything that is wrong with an action. */
export function actionMistakes(action: Action, surroundings: Surroundings): string[] {
  return [
    ...(isIdentifier(action.name.replace(/^auth\./, "")) ? [] : [`the name must be ${identifierRule}`]),
    ...action.mistakes,
    ...stepMistakes(action),
    // Who signs up sends fields of users, whose mistakes are told there.
    ...(action.name === "auth.signUp" ? [] : inputMistakes(action, surroundings)),
    ...outputMistakes(action, surroundings),
    ...pathMistakes(action, surroundings),
    ...answerMistakes(action),
    ...accessMistakes(action, surroundings),
  ].map((mistake) => sentenceOf(`Action "${action.name}": ${mistake}`));
}

function stepMistakes({ run, prepare, transaction }: Action): string[] {
  const mistakes: string[] = [];
  if (typeof run !== "function") mistakes.push("run must be a function");
  if (prepare !== undefined && typeof prepare !== "function") mistakes.push("prepare must be a function");
  if (typeof transaction !== "boolean") mistakes.push("transaction must be true or false");
  return mistakes;
}

function inputMistakes({ input }: Action, surroundings: Surroundings): string[] {
  return Object.entries(input).flatMap(([name, field]) => {
    const mistakes = fieldMistakes(field, "input", surroundings);
    if (!isIdentifier(name)) mistakes.push(`must have ${identifierRule} as its name`);
    return mistakes.map((mistake) => `input "${name}" ${mistake}`);
  });
}

function outputMistakes({ output }: Action, surroundings: Surroundings): string[] {
  if (output === undefined) return [];
  if (isField(output)) {
    return fieldMistakes(output, "output", surroundings).map((mistake) => `the output ${mistake}`);
  }
  if (!isPlainObject(output)) {
    return [`the output is ${inWords(output)}; it must be fields by their names, one field, or a collection`];
  }
  if (isCollection(output)) {
    const { name } = output;
    const known = surroundings.collections.some((one) => one.name === name);
    return known ? [] : [`the output is a record of "${name}", and there is no such collection`];
  }
  return Object.entries(output).flatMap(([name, field]) => {
    const mistakes = fieldMistakes(field, "output", surroundings);
    if (!isIdentifier(name)) mistakes.push(`must have ${identifierRule} as its name`);
    return mistakes.map((mistake) => `output "${name}" ${mistake}`);
  });
}

function isCollection(output: Output): output is Collection {
  return "declares" in output && output.declares === "collection";
}

function pathMistakes({ name, method, path, input }: Action, { collections }: Surroundings): string[] {
  if (!methods.includes(method)) return [`the method is ${inWords(method)}; it must be one of ${methods.join(", ")}`];
  if (!/^(?:\/:?[a-z][a-zA-Z0-9-]*)+$/.test(path)) return [`the path "${path}" must be like /orders/:order/ship`];
  const named = [...path.matchAll(/:([^/]+)/g)].map(([, one = ""]) => one);
  const mistakes = named.flatMap((one) => {
    const field = Object.hasOwn(input, one) ? input[one] : undefined;
    if (field === undefined) return [`the path names ":${one}", and there is no such input`];
    if (!isField(field) || hasOrder(field)) return [];
    return [`the path names ":${one}", and a ${field.type.name} can't be part of a path`];
  });
  if (new Set(named).size < named.length) mistakes.push("the path names an input twice");
  const owner = collections.find((one) => !one.internal && shadows(one.name, method, path));
  if (owner !== undefined) mistakes.push(`the path "${path}" is one of the collection "${owner.name}" already`);
  const first = path.split("/")[1] ?? "";
  if (ownPaths.has(first) && !name.startsWith("auth.")) {
    mistakes.push(`the path "${path}" is kept for Galley`);
  }
  return mistakes;
}

/** Whether a collection has this route itself. */
function shadows(collection: string, method: string, path: string): boolean {
  const route = `${method} ${path.replaceAll(/:[^/]+/g, ":")}`;
  const own = `/${collection}`;
  return [
    `GET ${own}`,
    `POST ${own}`,
    `GET ${own}/:`,
    `PUT ${own}/:`,
    `PATCH ${own}/:`,
    `DELETE ${own}/:`,
    `POST ${own}/search`,
    `GET ${own}/aggregate`,
    `GET ${own}/:/history`,
  ].includes(route);
}

function answerMistakes({ errors, status, limit }: Action): string[] {
  const mistakes: string[] = [];
  for (const [code, error] of Object.entries(errors)) {
    if (!/^[a-z][a-z0-9_]*$/.test(code)) mistakes.push(`the error "${code}" must be in snake_case`);
    const known = Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode] : undefined;
    // To declare what is answered anyway, as it is answered, does no harm.
    if (known !== undefined && error?.status !== known.status) {
      const right = `throw new GalleyError("${code}", "...") answers it without being declared`;
      mistakes.push(
        `the error "${code}" is one of Galley's own, with the status ${known.status}; name yours differently (${right})`,
      );
      continue;
    }
    if (!isPlainObject(error)) {
      mistakes.push(`the error "${code}" is ${inWords(error)}; it must be a status, or { status, title }`);
    } else if (!Number.isInteger(error.status) || error.status < 400 || error.status > 499) {
      mistakes.push(`the error "${code}" has the status ${error.status}; it must be 400 to 499`);
    }
  }
  if (!Number.isInteger(status) || status < 200 || status > 299) mistakes.push(`the status ${status} is no success`);
  if (limit !== undefined && !(isPlainObject(limit) && limit.limit > 0 && limit.window > 0)) {
    mistakes.push("the limit must be a number of calls in a number of seconds, both above 0");
  }
  return mistakes;
}

/** An action has no record that its rule could be about. */
function accessMistakes({ access }: Action, surroundings: Surroundings): string[] {
  if (access === undefined) return [];
  const owners = access instanceof Rule ? access.owners : [];
  return [
    ...ruleMistakes(access, surroundings).map((mistake) => `access ${mistake}`),
    ...owners.map((owner) => `access names owner("${owner}"), and an action has no record`),
  ];
}
