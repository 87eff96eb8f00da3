import type { Collection } from "./collection.ts";
import type { Fields } from "./field.ts";
import type { CreateOf, PatchOf, RecordOf, SystemFields } from "./infer.ts";
import type { Where } from "./where.ts";

/** Names to sort by; a minus in front is descending. Missing values come first in ascending order. */
export type SortKey<F extends Fields> = keyof F & string extends infer K extends string
  ? K | `-${K}` | keyof SystemFields | `-${keyof SystemFields}`
  : never;

/** Which records, and in which order. */
export interface Selection<F extends Fields> {
  readonly where?: Where<F>;
  readonly sort?: readonly SortKey<F>[];
  /** Words to search for in the fields declared with `.search()`. */
  readonly search?: string;
}

/** One page of a selection. */
export interface PageSelection<F extends Fields> extends Selection<F> {
  /** 1 to 200; 20 unless told otherwise. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** A page of records. */
export interface Page<R> {
  readonly data: readonly R[];
  /** Where the next page starts; null on the last one. */
  readonly next: string | null;
}

/**
 * The records of one collection, as an action or a hook uses them. Every method acts under the rules of the caller, or
 * under none when it comes from `db.unrestricted`; what the caller may not see is not there.
 *
 * @example
 * const film = await db(films).get(input.film);
 * await db.unrestricted(films).update(film.id, { stock: { increment: -1 } });
 */
export interface Repository<C extends Collection> {
  /**
   * One record.
   * @throws GalleyError `not_found`
   */
  get(id: string): Promise<RecordOf<C>>;
  /** The first record that matches, or null. */
  find(selection: Selection<C["fields"]>): Promise<RecordOf<C> | null>;
  /** One page. */
  list(selection?: PageSelection<C["fields"]>): Promise<Page<RecordOf<C>>>;
  /**
   * Every record that matches.
   * @throws GalleyError `too_large` above 10,000 records; take pages then
   */
  all(selection?: Selection<C["fields"]>): Promise<readonly RecordOf<C>[]>;
  count(selection?: Pick<Selection<C["fields"]>, "where" | "search">): Promise<number>;
  /** @throws GalleyError `invalid_input`, `conflict`, `forbidden` */
  create(input: CreateOf<C>): Promise<RecordOf<C>>;
  /** Creates all or none. */
  createMany(inputs: readonly CreateOf<C>[]): Promise<readonly RecordOf<C>[]>;
  /** Changes some fields. @throws GalleyError `not_found`, `invalid_input`, `conflict`, `forbidden` */
  update(id: string, patch: PatchOf<C["fields"]>): Promise<RecordOf<C>>;
  /**
   * Deletes one record, and what refers to it with `onDelete: "cascade"`.
   * @throws GalleyError `not_found`, `conflict`
   */
  delete(id: string): Promise<void>;
}

/**
 * The database inside an action, a hook or a seed: the collection is the key, and everything is typed from it.
 */
export interface Database {
  /** Acts with the rights of the caller. */
  <C extends Collection>(collection: C): Repository<C>;
  /** Acts without rules, where the logic may do more than the caller. */
  unrestricted<C extends Collection>(collection: C): Repository<C>;
}
