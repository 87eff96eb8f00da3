import type { Collection } from "../schema/collection.ts";
import type { Fields } from "../schema/field.ts";
import type { CreateOf, InputOf, PatchOf, ShownRecordOf, Simplify, VisibilityOf } from "../schema/infer.ts";
import type { Page } from "../schema/repository.ts";
import type { Call } from "./call.ts";
import type { CallOptions, ChangeOptions, WriteOptions } from "./call-options.ts";
import type { ClientWhere, NamesOf } from "./client-where.ts";
import type { Collections } from "./collections-of.ts";
import type { ExactInclude, Include, SelectKey, View } from "./view.ts";

/** Names to sort by; a minus in front is descending. */
type SortKey<M extends Collections, N extends keyof M> =
  NamesOf<M, N, string | number | boolean> extends infer K extends string ? K | `-${K}` : never;

/** Which records. */
export interface Conditions<M extends Collections, N extends keyof M> {
  readonly where?: ClientWhere<M, N> | undefined;
  /** Words to search for in the fields declared with `.search()`. */
  readonly search?: string | undefined;
}

/** How a record looks. */
export interface ViewQuery<M extends Collections, N extends keyof M, S, I> {
  /** Names of the fields to answer, beside the id; all unless told otherwise. */
  readonly select?: readonly S[] | undefined;
  /** Relations: records are put in the place of references, and lists of those that refer here beside them. */
  readonly include?: (I & ExactInclude<M, N, I>) | undefined;
}

/** Which records, in which order, and how they look. */
export interface Selection<M extends Collections, N extends keyof M, S, I>
  extends Conditions<M, N>, ViewQuery<M, N, S, I> {
  readonly sort?: readonly SortKey<M, N>[] | undefined;
  /** The `next` of a page: what follows it. */
  readonly after?: string | undefined;
}

/** What is counted and summed up. */
export interface AggregateQuery<M extends Collections, N extends keyof M, G, U, V, L, H> extends Conditions<M, N> {
  /** Names of the fields whose values make a group; all records are one unless told otherwise. */
  readonly group?: readonly G[] | undefined;
  readonly sum?: readonly U[] | undefined;
  readonly avg?: readonly V[] | undefined;
  readonly min?: readonly L[] | undefined;
  readonly max?: readonly H[] | undefined;
}

type Value<R, K> = K extends keyof R ? Exclude<R[K], undefined> : never;

/** One group's figures. */
export type AggregateRow<
  R,
  G extends string,
  U extends string,
  V extends string,
  L extends string,
  H extends string,
> = Simplify<
  { readonly [K in G]: Value<R, K> } & {
    readonly count: number;
    readonly sum: { readonly [K in U]: number | null };
    readonly avg: { readonly [K in V]: number | null };
    readonly min: { readonly [K in L]: Value<R, K> | null };
    readonly max: { readonly [K in H]: Value<R, K> | null };
  }
>;

type Fitting<F extends Fields, V> = { readonly [K in keyof F as VisibilityOf<F[K]> extends V ? K : never]: F[K] };

/** What replaces a record. It may leave out what is never shown: the record has it already. */
export type ReplaceOf<C extends Collection> = Simplify<
  InputOf<Fitting<C["fields"], "shown" | "restricted">> & Partial<InputOf<Fitting<C["fields"], "hidden">>>
>;

/** The records of one collection. */
export interface CollectionClient<M extends Collections, N extends keyof M> {
  /** One page. */
  list<const S extends SelectKey<M, N> = never, const I extends Include<M, N> = true, const T extends boolean = false>(
    query?: Selection<M, N, S, I> & {
      /** 1 to 200; 20 unless told otherwise. */
      readonly limit?: number | undefined;
      /** Whether to count all that match. */
      readonly total?: T | undefined;
    },
    options?: CallOptions,
  ): Call<Page<View<M, N, S, I>> & (T extends true ? { readonly total: number } : unknown)>;

  /**
   * Every record that matches, asked for page by page while it is read.
   *
   * @example
   * for await (const film of shop.films.all({ where: { genre: "Western" } })) console.log(film.title);
   */
  all<const S extends SelectKey<M, N> = never, const I extends Include<M, N> = true>(
    query?: Selection<M, N, S, I> & {
      /** Records of one request: 1 to 200; 100 unless told otherwise. */
      readonly pageSize?: number | undefined;
    },
    options?: CallOptions,
  ): AsyncIterable<View<M, N, S, I>>;

  /** The first record that matches, or null. */
  find<const S extends SelectKey<M, N> = never, const I extends Include<M, N> = true>(
    query?: Selection<M, N, S, I>,
    options?: CallOptions,
  ): Call<View<M, N, S, I> | null>;

  /** One record. */
  get<const S extends SelectKey<M, N> = never, const I extends Include<M, N> = true>(
    id: string,
    query?: ViewQuery<M, N, S, I>,
    options?: CallOptions & {
      /** The record as it was read: it is answered again, and not sent again, when it has not changed. */
      readonly ifNoneMatch?: NoInfer<View<M, N, S, I>> | undefined;
    },
  ): Call<View<M, N, S, I>>;

  /** How many match. */
  count(query?: Conditions<M, N>, options?: CallOptions): Call<number>;

  /**
   * Counts and figures, in all or by groups.
   *
   * @example
   * await shop.films.aggregate({ group: ["genre"], sum: ["stock"] }); // [{ genre: "Western", count: 4, sum: { stock: 30 }, ... }]
   */
  aggregate<
    const G extends NamesOf<M, N, string | number | boolean> = never,
    const U extends NamesOf<M, N, number> = never,
    const V extends NamesOf<M, N, number> = never,
    const L extends NamesOf<M, N, string | number> = never,
    const H extends NamesOf<M, N, string | number> = never,
  >(
    query: AggregateQuery<M, N, G, U, V, L, H>,
    options?: CallOptions,
  ): Call<readonly AggregateRow<ShownRecordOf<M[N]>, G, U, V, L, H>[]>;

  create(input: CreateOf<M[N]>, options?: WriteOptions): Call<ShownRecordOf<M[N]>>;

  /** Creates up to 1,000 records, all or none. */
  createMany(inputs: readonly CreateOf<M[N]>[], options?: WriteOptions): Call<readonly ShownRecordOf<M[N]>[]>;

  /** Changes some fields: JSON Merge Patch (RFC 7396), and `{ increment }` for numbers. */
  update(id: string, patch: PatchOf<M[N]["fields"]>, options?: ChangeOptions): Call<ShownRecordOf<M[N]>>;

  /** Replaces a record, or creates it with this id. */
  replace(
    id: string,
    input: ReplaceOf<M[N]>,
    options?: ChangeOptions & {
      /** Only creates. */
      readonly ifNoneMatch?: "*" | undefined;
    },
  ): Call<ShownRecordOf<M[N]>>;

  delete(id: string, options?: ChangeOptions): Call<void>;
}
