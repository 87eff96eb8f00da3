import type { ShownRecordOf, Simplify } from "../schema/infer.ts";
import type { Collections } from "./collections-of.ts";
import type { Link, LinksOf } from "./links-of.ts";

/** What `select` may name. */
export type SelectKey<M extends Collections, N extends keyof M> = keyof ShownRecordOf<M[N]> & string;

type TargetOf<L> = L extends Link<infer T, "one" | "many" | "restricted"> ? T : never;

/**
 * A record alone, which is `true`, or with records in the place of its references, and lists of those that refer to it.
 *
 * @example
 * { customer: true, lines: { film: true } }
 */
export type Include<M extends Collections, N extends keyof M> =
  | true
  | { readonly [K in keyof LinksOf<M, N>]?: Include<M, TargetOf<LinksOf<M, N>[K]> & keyof M> };

/** The same, with `never` for what is no relation: the type of an object says nothing of further keys. */
export type ExactInclude<M extends Collections, N extends keyof M, I> = I extends true
  ? true
  : {
      readonly [K in keyof I]: K extends keyof LinksOf<M, N>
        ? ExactInclude<M, TargetOf<LinksOf<M, N>[K]> & keyof M, I[K]>
        : never;
    };

/** What stands in the place of a relation. A record that the caller may not see is null, or not in the list. */
type Included<M extends Collections, L, I> =
  L extends Link<infer T extends keyof M, infer Kind>
    ? Kind extends "many"
      ? readonly View<M, T, never, I>[]
      : View<M, T, never, I> | (Kind extends "restricted" ? null | undefined : null)
    : never;

/** Names of what is included; none in a record alone. */
type Names<I> = I extends true ? never : keyof I;

/** A record as it is answered: with all its fields or the selected ones, and with what was included. */
export type View<M extends Collections, N extends keyof M, S extends string, I> = Simplify<
  Omit<
    [S] extends [never] ? ShownRecordOf<M[N]> : Pick<ShownRecordOf<M[N]>, (S | "id") & SelectKey<M, N>>,
    Names<I>
  > & {
    readonly [K in Names<I>]: K extends keyof LinksOf<M, N> ? Included<M, LinksOf<M, N>[K], I[K & keyof I]> : never;
  }
>;
