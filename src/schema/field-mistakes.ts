import type { Violation } from "../kit/error-codes.ts";
import type { Surroundings } from "./definition-mistakes.ts";
import { type Field, type Fields, hasOrder, isField, isHidden, itemOf } from "./field.ts";
import { isIdentifier, reservedNames, systemNames } from "./names.ts";

/** What is wrong with a field wherever it stands, each as the end of a sentence that starts with its name. */
export function fieldMistakes(
  field: unknown,
  where: "collection" | "input" | "output",
  { collections }: Surroundings,
): string[] {
  if (!isField(field)) return ["is no field; use a builder such as text() or integer()"];
  const mistakes = [...field.type.mistakes(), ...modifierMistakes(field)];
  for (const inner of withInner(field)) {
    const { name, options } = inner.type;
    if (name === "record" && where !== "output") mistakes.push("is a record(), which only outputs have; use ref()");
    if (name === "computed" && (where !== "collection" || inner !== field)) {
      mistakes.push("is computed(), which only the fields of a collection are");
    }
    const unknown = [options.target, collectionOf(inner)].find(
      (target) => target !== undefined && !collections.some((one) => one.name === target),
    );
    if (unknown !== undefined) mistakes.push(`refers to "${unknown}", and there is no such collection`);
  }
  return mistakes;
}

/** What is wrong with a field as a part of the records of its collection. */
export function storedFieldMistakes(name: string, field: Field, siblings: Fields): string[] {
  const mistakes: string[] = [];
  const { type, modifiers } = field;
  if (reservedNames.has(name)) mistakes.push("has a name that is kept for Galley");
  if (modifiers.search && (type.family !== "text" || type.name === "ref")) {
    mistakes.push("is searched, and only text can be");
  }
  if (modifiers.search && isHidden(field)) mistakes.push("is searched and hidden; a search would give it away");
  if (modifiers.search && modifiers.readable !== undefined) {
    mistakes.push("is searched and not readable by all; a search would give it away");
  }
  if (modifiers.unique && !hasOrder(field)) {
    mistakes.push(`is unique, and a ${type.name} field can't be`);
  }
  const { from } = type.options;
  const source = from === undefined ? undefined : siblings[from];
  if (from !== undefined && (!isField(source) || source.type.family !== "text")) {
    mistakes.push(`is made from "${from}", which is no text field here`);
  }
  return [...mistakes, ...renameMistakes(field, siblings)];
}

function renameMistakes(field: Field, siblings: Fields): string[] {
  const { renamedFrom } = field.modifiers;
  if (renamedFrom === undefined) return [];
  if (field.type.storage === "none") return ["has renamedFrom(), and is not stored"];
  if (!isIdentifier(renamedFrom) || systemNames.has(renamedFrom)) {
    return [`has renamedFrom("${renamedFrom}"), which can't have been the name of a field`];
  }
  const taken =
    Object.hasOwn(siblings, renamedFrom) ||
    Object.values(siblings).some(
      (other) => isField(other) && other !== field && other.modifiers.renamedFrom === renamedFrom,
    );
  return taken ? [`has renamedFrom("${renamedFrom}"), which another field is or was called`] : [];
}

function modifierMistakes({ type, modifiers }: Field): string[] {
  const given = modifiers.default;
  if (type.name === "computed") {
    return modifiers.presence === "computed" ? [] : ["is computed, and takes neither optional() nor default()"];
  }
  if (given === undefined && modifiers.presence === "defaulted" && type.options.from === undefined)
    return ["has default(undefined); give it a value or a function, or make it optional()"];
  if (given === undefined || typeof given === "function") return [];
  if (modifiers.presence === "optional") return ["is optional() and has a default(), of which only one can be"];
  const violations: Violation[] = [];
  type.validate(given, "", violations);
  const [first] = violations;
  return first === undefined ? [] : [`has a default that ${first.message}`];
}

/** The field and all that it holds. */
function withInner(field: Field): Field[] {
  const item = itemOf(field);
  const { family, options } = field.type;
  const inner = family === "object" ? Object.values(options.fields as Fields) : item === undefined ? [] : [item];
  return [field, ...inner.filter(isField).flatMap(withInner)];
}

/** Name of the collection whose records an output holds. */
function collectionOf({ type: { name, options } }: Field): string | undefined {
  return name === "record" ? (options.collection as { readonly name: string } | undefined)?.name : undefined;
}
