import { meant } from "../kit/nearest-name.ts";
import { isPlainObject } from "./validator.ts";

/** What a declaration itself carries: `backend({ ...shop, limits })` extends one, and that is no mistake. */
const carried = ["declares", "name", "internal", "session", "limitKey", "checksReferences", "mistakes"];

/**
 * Mistakes in the options of a declaration, each as a clause: what means nothing, and what is no object of options. To ignore it
 * would be to lose what it was meant to do.
 *
 * @param at the way to these options, with its dot: `auth.`
 */
export function optionMistakes(options: unknown, known: readonly string[], at = ""): string[] {
  if (options === undefined) return [];
  if (!isPlainObject(options)) {
    return [`${at === "" ? "the options" : `"${at.slice(0, -1)}"`} must be an object that has ${anyOf(known)}`];
  }
  return strayNames(options, [...known, ...carried]).map((name) => `"${at}${name}" is no option${meant(name, known)}`);
}

/** Mistakes in what the builder of a field was given, each as the end of a sentence that starts with the field's name. */
export function builderMistakes(builder: string, options: unknown, known: readonly string[]): string[] {
  if (options === undefined) return [];
  if (isPlainObject(options) && Object.keys(options).length === 0) return [];
  const right = `${builder}() takes ${known.length === 0 ? "no options" : `an object that has ${anyOf(known)}`}`;
  if (!isPlainObject(options) || known.length === 0) return [`has ${builder}(${inWords(options)}), and ${right}`];
  return strayNames(options, known).map((name) => `has the option "${name}"${meant(name, known) || `, and ${right}`}`);
}

/** A clause as a sentence; one that asks what was meant is one already. */
export function sentenceOf(clause: string): string {
  return clause.endsWith("?") ? clause : `${clause}.`;
}

/** Options as they were given, or none where they are no object, which is a mistake that is told elsewhere. */
export function optionsOf<T extends object>(options: T | undefined): Partial<T> {
  return isPlainObject(options) ? options : {};
}

/** A value in a message about the code that has it. */
export function inWords(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function strayNames(options: object, known: readonly string[]): string[] {
  return Object.keys(options).filter((name) => !known.includes(name));
}

/** `min, max or pattern`. */
function anyOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
