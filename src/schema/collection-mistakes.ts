import type { Collection } from "./collection.ts";
import type { Surroundings } from "./definition-mistakes.ts";
import { type Field, hasOrder, isField, itemOf } from "./field.ts";
import { fieldMistakes, storedFieldMistakes } from "./field-mistakes.ts";
import { longestId } from "./field-ref.ts";
import { type RefField, refsOf } from "./model.ts";
import { identifierRule, isIdentifier, ownPaths, reservedNames, systemNames } from "./names.ts";
import { Rule, type RuleLike } from "./rule.ts";
import { ruleMistakes } from "./rule-mistakes.ts";
import { sentenceOf, inWords } from "./option-mistakes.ts";

const deeds = new Set(["read", "write", "create", "update", "delete"]);

/** Everything that is wrong with a collection. */
export function collectionMistakes(collection: Collection, surroundings: Surroundings): string[] {
  return [
    ...collection.mistakes,
    ...(typeof collection.feed === "boolean" ? [] : [`feed is ${inWords(collection.feed)}; it must be true or false`]),
    ...hookMistakes(collection),
    ...nameMistakes(collection),
    ...renameMistakes(collection, surroundings),
    ...fieldsMistakes(collection, surroundings),
    ...refsOf(collection).flatMap((ref) => refMistakes(ref, collection, surroundings)),
    ...inverseMistakes(collection, surroundings),
    ...groupMistakes("index", collection.indexes, collection),
    ...groupMistakes("unique", collection.unique, collection),
    ...idMistakes(collection),
    ...accessMistakes(collection, surroundings),
  ].map((mistake) => sentenceOf(`Collection "${collection.name}": ${mistake}`));
}

function nameMistakes({ name, internal }: Collection): string[] {
  if (internal) return [];
  if (!isIdentifier(name)) return [`the name must be ${identifierRule}`];
  const kept = name === "actions" || ownPaths.has(name) || reservedNames.has(name);
  return kept ? ["the name is kept for Galley"] : [];
}

function hookMistakes({ hooks }: Collection): string[] {
  return Object.entries<unknown>({ ...hooks })
    .filter(([, hook]) => hook !== undefined && typeof hook !== "function")
    .map(([name, hook]) => `hooks.${name} is ${inWords(hook)}; it must be a function`);
}

function renameMistakes(collection: Collection, { collections }: Surroundings): string[] {
  const { renamedFrom } = collection;
  if (renamedFrom === undefined) return [];
  if (!isIdentifier(renamedFrom)) return [`renamedFrom must be ${identifierRule}`];
  const taken = collections.some(
    (other) => other.name === renamedFrom || (other !== collection && other.renamedFrom === renamedFrom),
  );
  return taken ? [`renamedFrom is "${renamedFrom}", which another collection is or was called`] : [];
}

function fieldsMistakes(collection: Collection, surroundings: Surroundings): string[] {
  const { fields } = collection;
  const names = Object.keys(fields);
  const alike = names.map((name) => name.toLowerCase());
  const twins = names.filter((name, index) => alike.indexOf(name.toLowerCase()) < index);
  return [
    ...twins.map((name) => `field "${name}" differs from another only in upper and lower case`),
    ...Object.entries(fields).flatMap(([name, field]) => {
      const mistakes = fieldMistakes(field, "collection", surroundings);
      if (!isIdentifier(name)) mistakes.push(`must have ${identifierRule} as its name`);
      if (isField(field)) {
        mistakes.push(...storedFieldMistakes(name, field, fields));
        for (const rule of [field.modifiers.readable, field.modifiers.writable]) {
          if (rule !== undefined) mistakes.push(...fieldRuleMistakes(rule, collection, surroundings));
        }
      }
      return mistakes.map((mistake) => `field "${name}" ${mistake}`);
    }),
  ];
}

function refMistakes(ref: RefField, { fields }: Collection, { collections }: Surroundings): string[] {
  const at = `field "${ref.name}"`;
  const mistakes: string[] = [];
  if (ref.onDelete === "clear" && fields[ref.name]?.modifiers.presence !== "optional") {
    mistakes.push(`${at} is cleared when its target is deleted, so it must be optional()`);
  }
  const target = collections.find(({ name }) => name === ref.target);
  if (target === undefined || ref.inverse === undefined) return mistakes;
  if (!isIdentifier(ref.inverse))
    mistakes.push(`${at} has the inverse "${ref.inverse}", which must be ${identifierRule}`);
  else if (Object.hasOwn(target.fields, ref.inverse) || reservedNames.has(ref.inverse)) {
    mistakes.push(`${at} has the inverse "${ref.inverse}", which "${target.name}" uses already`);
  }
  return mistakes;
}

function inverseMistakes(collection: Collection, { relations }: Surroundings): string[] {
  const inverses = (relations.get(collection.name) ?? []).flatMap(({ kind, name }) => (kind === "many" ? [name] : []));
  const repeated = new Set(inverses.filter((name, index) => inverses.indexOf(name) !== index));
  return [...repeated].map((name) => `two fields elsewhere have the inverse "${name}"`);
}

function groupMistakes(what: "index" | "unique", groups: unknown, { fields }: Collection): string[] {
  if (!isListOfLists(groups)) {
    const option = what === "index" ? "indexes" : "unique";
    return [`${option} must be a list of lists of names, such as [["name"]]`];
  }
  return groups.flatMap((names) => {
    if (names.length === 0) return [`an entry of ${what} names no field`];
    return names.flatMap((sorted) => {
      const name = sorted.replace(/^-/, "");
      if (systemNames.has(name)) return [];
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) return [`${what} names "${name}", and there is no such field`];
      if (!isField(field) || hasOrder(field)) return [];
      if (what === "index" && isFoundByItems(field)) {
        const alone = names.length === 1 && sorted === name;
        return alone ? [] : [`index names "${sorted}", and a list is indexed alone, as ["${name}"]`];
      }
      return [`${what} names "${name}", and a ${field.type.name} field has no order`];
    });
  });
}

function isListOfLists(groups: unknown): groups is readonly (readonly string[])[] {
  const isText = (name: unknown): boolean => typeof name === "string";
  return Array.isArray(groups) && groups.every((names) => Array.isArray(names) && names.every(isText));
}

/** Whether `has` may look for an item of the field. */
function isFoundByItems(field: Field): boolean {
  const item = itemOf(field);
  return item !== undefined && (hasOrder(item) || item.type.family === "json");
}

function idMistakes({ id, internal }: Collection): string[] {
  if (id === undefined || internal) return [];
  if (!isField(id))
    return [`the id is ${inWords(id)}; it must be slug(), uuid() or text({ min: 1, max: ${longestId} })`];
  const { type, modifiers } = id;
  const { min = 0, max = Infinity } = type.options;
  const fits = ["slug", "uuid"].includes(type.name) || (type.name === "text" && min >= 1 && max <= longestId);
  const plain =
    modifiers.presence === "required" && modifiers.visibility === "shown" && modifiers.readable === undefined;
  return fits && plain ? [] : [`the id must be slug(), uuid() or text({ min: 1, max: ${longestId} }), and no more`];
}

function accessMistakes(collection: Collection, surroundings: Surroundings): string[] {
  return Object.entries(collection.access).flatMap(([deed, rule]: [string, RuleLike | undefined]) => {
    if (!deeds.has(deed)) return [`access has "${deed}"; it knows read, write, create, update and delete`];
    if (rule === undefined) return [];
    return [...ruleMistakes(rule, surroundings), ...ownerMistakes(rule, collection, surroundings)].map(
      (mistake) => `access.${deed} ${mistake}`,
    );
  });
}

/** A rule of a field is decided from the record that is about to be answered, where nothing else can be asked. */
function fieldRuleMistakes(rule: RuleLike, collection: Collection, surroundings: Surroundings): string[] {
  const far = ownersOf(rule).filter((owner) => owner.includes("."));
  return [
    ...ruleMistakes(rule, surroundings),
    ...(far.length > 0 ? [] : ownerMistakes(rule, collection, surroundings)),
    ...far.map((owner) => `has a rule for owner("${owner}"), which leads out of the record`),
  ];
}

function ownerMistakes(rule: RuleLike, collection: Collection, surroundings: Surroundings): string[] {
  return ownersOf(rule)
    .filter((owner) => !leadsToField(owner.split("."), collection.name, surroundings))
    .map((owner) => `names owner("${owner}"), and there is no such field`);
}

function ownersOf(rule: RuleLike): readonly string[] {
  return rule instanceof Rule ? rule.owners : [];
}

/** Whether steps lead through relations to a text: the id of a user. */
function leadsToField(steps: readonly string[], name: string, surroundings: Surroundings): boolean {
  const [first = "", ...rest] = steps;
  const fields = surroundings.collections.find((one) => one.name === name)?.fields ?? {};
  const field = Object.hasOwn(fields, first) ? fields[first] : undefined;
  if (rest.length === 0) return first === "id" || (isField(field) && field.type.family === "text");
  const relation = surroundings.relations.get(name)?.find((one) => one.name === first);
  return relation !== undefined && leadsToField(rest, relation.target, surroundings);
}
