import type { Field, Fields } from "./field.ts";
import type { CreateOf, PatchOf, RecordOf } from "./infer.ts";
import type { User } from "./principal.ts";
import type { Database } from "./repository.ts";
import type { RuleLike } from "./rule.ts";
import { optionMistakes, optionsOf, inWords } from "./option-mistakes.ts";
import { isPlainObject } from "./validator.ts";

/** What can be done with records. */
export type Deed = "read" | "create" | "update" | "delete";

/** Who may do what. What has no rule is for administrators only. */
export interface Access {
  readonly read?: RuleLike;
  /** Create, update and delete, where they have no rule of their own. */
  readonly write?: RuleLike;
  readonly create?: RuleLike;
  readonly update?: RuleLike;
  readonly delete?: RuleLike;
}

/** What a hook is given beside the record. */
export interface HookContext {
  readonly db: Database;
  /** Who writes; null for anonymous and for the application itself. */
  readonly user: User | null;
  /** The time of the write, RFC 3339 in UTC. */
  readonly now: string;
}

/**
 * Business logic around every write of a collection, inside its transaction, by whatever protocol it came. A hook that
 * throws undoes the write.
 */
export interface Hooks<C extends Collection = Collection> {
  /** May answer the input changed. */
  beforeCreate?(input: CreateOf<C>, context: HookContext): Promise<CreateOf<C> | void> | CreateOf<C> | void;
  afterCreate?(record: RecordOf<C>, context: HookContext): Promise<void> | void;
  /** May answer the patch changed. */
  beforeUpdate?(
    patch: PatchOf<C["fields"]>,
    before: RecordOf<C>,
    context: HookContext,
  ): Promise<PatchOf<C["fields"]> | void> | PatchOf<C["fields"]> | void;
  afterUpdate?(record: RecordOf<C>, before: RecordOf<C>, context: HookContext): Promise<void> | void;
  beforeDelete?(record: RecordOf<C>, context: HookContext): Promise<void> | void;
  afterDelete?(record: RecordOf<C>, context: HookContext): Promise<void> | void;
}

/** Everything about a collection but its name. */
export interface CollectionOptions<F extends Fields, I extends Field | undefined = undefined> {
  readonly fields: F;
  readonly access?: Access;
  /**
   * Names of fields to find and sort by together; a minus in front is descending. The id is appended. A list stands alone, and
   * is found by its items on PostgreSQL.
   */
  readonly indexes?: readonly (readonly string[])[];
  /** Names of fields whose values together occur once. */
  readonly unique?: readonly (readonly string[])[];
  /** A `text()`, `slug()` or `uuid()` that clients choose instead of a generated UUIDv7. */
  readonly id?: I;
  readonly hooks?: Hooks<Collection<string, F, I>>;
  /** Whether writes are kept in the change feed; true unless told otherwise. */
  readonly feed?: boolean;
  /** What the collection was called before: a database that knows it by that name renames it, and keeps its records. */
  readonly renamedFrom?: string | undefined;
}

/** A collection of records, as plain data. */
export interface Collection<
  N extends string = string,
  F extends Fields = Fields,
  I extends Field | undefined = Field | undefined,
> {
  readonly declares: "collection";
  readonly name: N;
  readonly fields: F;
  readonly access: Access;
  readonly indexes: readonly (readonly string[])[];
  readonly unique: readonly (readonly string[])[];
  readonly id: I;
  readonly hooks: Hooks;
  readonly feed: boolean;
  readonly renamedFrom: string | undefined;
  /** Kept for Galley itself: it has no operations, and no protocol reaches it. */
  readonly internal: boolean;
  /** What is wrong with the options that were given, each as a clause. */
  readonly mistakes: readonly string[];
}

const knownOptions = ["fields", "access", "indexes", "unique", "id", "hooks", "feed", "renamedFrom"];
const knownHooks = ["beforeCreate", "afterCreate", "beforeUpdate", "afterUpdate", "beforeDelete", "afterDelete"];

/**
 * Declares a collection of records. Every protocol serves it: list, get, create, update, replace, delete, search,
 * aggregate.
 *
 * @param name camelCase, in the plural; the same in every protocol
 * @example
 * export const films = collection("films", {
 *   fields: { title: text({ max: 200 }).search(), price: money({ min: 0 }), stock: integer({ min: 0 }) },
 *   access: { read: everyone, write: role("admin") },
 * });
 */
export function collection<const N extends string, F extends Fields, I extends Field | undefined = undefined>(
  name: N,
  options: CollectionOptions<F, I>,
): Collection<N, F, I> {
  const given = optionsOf(options);
  return {
    declares: "collection",
    name,
    fields: optionsOf(given.fields) as F,
    access: given.access ?? {},
    indexes: given.indexes ?? [],
    unique: given.unique ?? [],
    id: given.id as I,
    hooks: optionsOf(given.hooks) as Hooks,
    feed: given.feed ?? true,
    renamedFrom: given.renamedFrom,
    internal: false,
    mistakes: [
      ...optionMistakes(options ?? null, knownOptions),
      ...(isPlainObject(given.fields) ? [] : [`its fields are ${inWords(given.fields)}; give them by their names`]),
      ...optionMistakes(given.hooks, knownHooks, "hooks."),
    ],
  };
}

/** Declares a collection that Galley keeps for itself: no operation, no protocol and no entry of the feed shows it. */
export function internalCollection<const N extends string, F extends Fields, I extends Field | undefined = undefined>(
  name: N,
  options: CollectionOptions<F, I>,
): Collection<N, F, I> {
  return { ...collection(name, options), feed: false, internal: true };
}
