import type { Collection } from "./collection.ts";
import { type Field, type Fields, isField, isHidden } from "./field.ts";
import { timestamp } from "./field-timestamp.ts";
import { integer } from "./field-number.ts";
import { recordId } from "./record-id.ts";
import { type RefHolder, refHoldersOf } from "./ref-holders.ts";
import { createValidator, type Validator } from "./validator.ts";

/** A way from one collection to another. */
export interface Relation {
  readonly name: string;
  /** `one`: a ref of this collection leads there. `many`: refs of the other collection lead here. */
  readonly kind: "one" | "many";
  /** The collection at the other end. */
  readonly target: string;
  /** The ref: a field of this collection for `one`, of the other for `many`. */
  readonly field: string;
}

/** A ref of some collection that leads here, and what becomes of it when its target is deleted. */
export interface Referrer {
  readonly collection: string;
  readonly field: string;
  readonly onDelete: "restrict" | "cascade" | "clear";
}

/** A field that answers show. */
export interface ShownField {
  readonly name: string;
  /** Whether a rule says who sees it. */
  readonly restricted: boolean;
  /** Makes the value of a computed field. */
  readonly compute: ((record: never) => unknown) | undefined;
}

/** A slug that is made from another field, and must be unique. */
export interface MadeSlug {
  readonly name: string;
  /** Names of fields whose values together occur once; the slug is one of them. */
  readonly groups: readonly (readonly string[])[];
}

/** A collection, resolved: what the layers above look up instead of working it out again. */
export interface CollectionModel {
  readonly name: string;
  readonly declaration: Collection;
  /** Declared fields and those that every record has. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Names of the fields that are stored, `id` first. */
  readonly stored: readonly string[];
  /** Names of the computed fields. */
  readonly computed: readonly string[];
  /** Its slugs that are made from another field, and the unique sets of fields that each is part of. */
  readonly madeSlugs: readonly MadeSlug[];
  /** Names of the fields that `search=` looks at. */
  readonly searched: readonly string[];
  /** Names of those whose values the change feed keeps: not those of secrets, and not what each entry says anyway. */
  readonly noted: readonly string[];
  /** Fields that answers show, and what must be looked at before they do. */
  readonly shown: readonly ShownField[];
  /** Their names, where they are the same for every caller and none is computed. */
  readonly plain: readonly string[] | undefined;
  /** Its references to others. */
  readonly refs: readonly RefField[];
  /** Its fields whose values hold references: those, and lists and objects with some inside. */
  readonly refHolders: readonly RefHolder[];
  /** Whether a record holds values inside of values. */
  readonly nested: boolean;
  /** Relations by name, in both directions. */
  readonly relations: ReadonlyMap<string, Relation>;
  readonly referrers: readonly Referrer[];
  readonly validators: {
    readonly create: Validator<Record<string, unknown>>;
    readonly replace: Validator<Record<string, unknown>>;
    readonly patch: Validator<Record<string, unknown>>;
  };
}

/** All collections of a backend, resolved. */
export interface Model {
  readonly collections: ReadonlyMap<string, CollectionModel>;
  /** @throws Error when there is none: a mistake of the caller, not of a client */
  collection(name: string): CollectionModel;
}

/** The fields that every record has. */
export const systemFields: Fields = {
  createdAt: timestamp(),
  updatedAt: timestamp(),
  version: integer({ min: 1 }),
};

/** Resolves collections that {@link definitionMistakes} found nothing wrong with. */
export function createModel(declarations: readonly Collection[]): Model {
  const collections = new Map<string, CollectionModel>();
  const relations = relationsOf(declarations);
  const referrers = referrersOf(declarations);
  for (const declaration of declarations) {
    const id = recordId(declaration.id);
    const entries = Object.entries(declaration.fields);
    const stored = entries.filter(([, field]) => field.type.storage !== "none");
    const shown = shownFields({ id, ...declaration.fields, ...systemFields });
    const sent = declaration.id === undefined ? declaration.fields : { id, ...declaration.fields };
    collections.set(declaration.name, {
      name: declaration.name,
      declaration,
      fields: new Map(Object.entries({ id, ...declaration.fields, ...systemFields })),
      stored: ["id", ...stored.map(([name]) => name), ...Object.keys(systemFields)],
      noted: stored.filter(([, field]) => field.type.name !== "secret").map(([name]) => name),
      computed: entries.filter(([, field]) => field.modifiers.presence === "computed").map(([name]) => name),
      madeSlugs: madeSlugsOf(declaration),
      refs: refsOf(declaration),
      refHolders: refHoldersOf(declaration.fields),
      nested: entries.some(([, field]) => field.type.storage === "json"),
      searched: entries.filter(([, field]) => field.modifiers.search).map(([name]) => name),
      relations: new Map((relations.get(declaration.name) ?? []).map((relation) => [relation.name, relation])),
      referrers: referrers.get(declaration.name) ?? [],
      shown,
      plain: shown.some(({ restricted, compute }) => restricted || compute !== undefined)
        ? undefined
        : shown.map(({ name }) => name),
      validators: {
        create: createValidator(sent, "create"),
        replace: createValidator(declaration.fields, "replace"),
        patch: createValidator(declaration.fields, "patch"),
      },
    });
  }
  return {
    collections,
    collection(name) {
      const found = collections.get(name);
      if (found === undefined)
        throw new Error(`There is no collection "${name}" in this backend. Is it listed in backend({ collections })?`);
      return found;
    },
  };
}

/** A ref field of a collection, with its settings. */
export interface RefField {
  readonly name: string;
  readonly target: string;
  readonly onDelete: Referrer["onDelete"];
  readonly inverse: string | undefined;
}

/** The ref fields of a collection. */
export function refsOf(collection: Collection): RefField[] {
  return Object.entries(collection.fields).flatMap(([name, field]) => {
    // What is no field at all is a mistake that is reported elsewhere.
    if (!isField(field)) return [];
    const { target, onDelete, inverse } = field.type.options;
    return target === undefined ? [] : [{ name, target, onDelete: onDelete ?? "restrict", inverse }];
  });
}

/** The refs that lead to each collection. */
function referrersOf(declarations: readonly Collection[]): Map<string, Referrer[]> {
  const referrers = new Map<string, Referrer[]>(declarations.map(({ name }) => [name, []]));
  for (const declaration of declarations) {
    for (const { name, target, onDelete } of refsOf(declaration)) {
      referrers.get(target)?.push({ collection: declaration.name, field: name, onDelete });
    }
  }
  return referrers;
}

/**
 * Relations of every collection. What refers to a collection is known there by the name it was given, or by the name of
 * the referring collection where that is unambiguous and free.
 */
export function relationsOf(declarations: readonly Collection[]): Map<string, Relation[]> {
  const relations = new Map<string, Relation[]>(declarations.map(({ name }) => [name, []]));
  const allRefs = declarations.flatMap((declaration) => refsOf(declaration));
  const isFree = (name: string, target: string): boolean =>
    !allRefs.some((ref) => ref.target === target && ref.inverse === name) &&
    !Object.hasOwn(declarations.find((one) => one.name === target)?.fields ?? {}, name);
  for (const declaration of declarations) {
    const refs = refsOf(declaration);
    for (const { name, target, inverse } of refs) {
      relations.get(declaration.name)?.push({ name, kind: "one", target, field: name });
      const alone = refs.filter((other) => other.target === target && other.inverse === undefined).length === 1;
      const natural = alone && isFree(declaration.name, target) ? declaration.name : undefined;
      const known = inverse ?? natural;
      // An internal collection is out of reach of every query.
      if (known !== undefined && !declaration.internal) {
        relations.get(target)?.push({ name: known, kind: "many", target: declaration.name, field: name });
      }
    }
  }
  return relations;
}

function madeSlugsOf({ fields, unique }: Collection): MadeSlug[] {
  return Object.entries(fields)
    .filter(([, { type }]) => type.options.from !== undefined)
    .map(([name, { modifiers }]) => ({
      name,
      groups: [...(modifiers.unique ? [[name]] : []), ...unique.filter((names) => names.includes(name))],
    }))
    .filter(({ groups }) => groups.length > 0);
}

function shownFields(fields: Fields): ShownField[] {
  return Object.entries(fields)
    .filter(([, field]) => !isHidden(field))
    .map(([name, { type, modifiers }]) => ({
      name,
      restricted: modifiers.readable !== undefined,
      compute: modifiers.presence === "computed" ? type.options.compute : undefined,
    }));
}
