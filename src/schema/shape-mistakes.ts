import type { Backend } from "./backend.ts";
import { inWords } from "./option-mistakes.ts";
import { isPlainObject } from "./validator.ts";

/** What in the lists of a backend is no declaration at all, so that nothing else can be said of it. */
export function shapeMistakes({ collections, actions, roles }: Backend): string[] {
  const isText = (role: unknown): boolean => typeof role === "string";
  return [
    ...declarationMistakes("collections", collections, "collection"),
    ...declarationMistakes("actions", actions, "action"),
    ...listMistakes("roles", roles, isText, 'a text, such as "editor"'),
  ];
}

function declarationMistakes(list: string, given: unknown, kind: "collection" | "action"): string[] {
  const isDeclared = (one: unknown): one is { readonly name: unknown } =>
    isPlainObject(one) && one["declares"] === kind;
  const wrong = listMistakes(list, given, isDeclared, `what ${kind}("name", { ... }) answers`);
  if (wrong.length > 0 || !Array.isArray(given)) return wrong;
  return given
    .filter(isDeclared)
    .filter(({ name }) => typeof name !== "string")
    .map(({ name }) => `${kind}(${inWords(name)}): its name comes first, as in ${kind}("name", { ... }).`);
}

function listMistakes(list: string, given: unknown, fits: (one: unknown) => boolean, right: string): string[] {
  if (!Array.isArray(given)) return [`backend({ ${list} }) is ${inWords(given)}; it must be a list.`];
  return given.flatMap((one: unknown, index) =>
    fits(one) ? [] : [`backend({ ${list} }) has ${inWords(one)} at ${index}; it must be ${right}.`],
  );
}
