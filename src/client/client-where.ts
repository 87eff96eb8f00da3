import type { Fields } from "../schema/field.ts";
import type { Json } from "../schema/field-json.ts";
import type { DetailsOf, PresenceOf, SystemFields, ValueOf, VisibilityOf } from "../schema/infer.ts";
import type { WhereJson } from "../schema/rule.ts";
import type { Comparisons } from "../schema/where.ts";
import type { Collections } from "./collections-of.ts";
import type { Link, LinksOf } from "./links-of.ts";

/** Names of the fields that a query may name: those that are stored and shown. */
type Nameable<F extends Fields> = {
  [K in keyof F]: VisibilityOf<F[K]> extends "hidden" ? never : PresenceOf<F[K]> extends "computed" ? never : K;
}[keyof F];

/** Names of the fields whose values are of a type. */
export type NamesOf<M extends Collections, N extends keyof M, T> =
  | ({
      [K in Nameable<M[N]["fields"]>]: NonNullable<ValueOf<M[N]["fields"][K]>> extends T ? K : never;
    }[Nameable<M[N]["fields"]>] &
      string)
  | { [K in keyof SystemFields]: SystemFields[K] extends T ? K : never }[keyof SystemFields];

/** What one field may be compared with. */
type Condition<F> =
  Json extends ValueOf<F>
    ? Json | WhereJson
    : DetailsOf<F> extends { readonly fields: infer I extends Fields }
      ? { readonly [K in keyof I]?: Condition<I[K]> } | Pick<Comparisons<unknown>, "isNull"> | Extract<ValueOf<F>, null>
      : NonNullable<ValueOf<F>> extends readonly unknown[]
        ? Pick<Comparisons<NonNullable<ValueOf<F>>>, "has" | "isNull"> | Extract<ValueOf<F>, null>
        : ValueOf<F> | Comparisons<NonNullable<ValueOf<F>>>;

/** Conditions on the records that a relation leads to. */
type Related<M extends Collections, L> =
  L extends Link<infer T extends keyof M, "one" | "many" | "restricted"> ? ClientWhere<M, T> : never;

/**
 * Which records, by their own fields and by those of related ones. All that is named must hold.
 *
 * @example
 * { genre: "Comedy", price: { lt: 1000 }, reviews: { stars: { gte: 4 } }, or: [{ stock: { gt: 0 } }, { onOrder: true }] }
 */
export type ClientWhere<M extends Collections, N extends keyof M> = {
  readonly [K in Nameable<M[N]["fields"]>]?:
    | Condition<M[N]["fields"][K]>
    | (K extends keyof LinksOf<M, N> ? Related<M, LinksOf<M, N>[K]> : never);
} & {
  readonly [K in Exclude<keyof LinksOf<M, N>, keyof M[N]["fields"]>]?: Related<M, LinksOf<M, N>[K]>;
} & {
  readonly [K in keyof SystemFields]?: SystemFields[K] | Comparisons<SystemFields[K]>;
} & {
  readonly and?: readonly ClientWhere<M, N>[];
  readonly or?: readonly ClientWhere<M, N>[];
  readonly not?: ClientWhere<M, N>;
};
