import type { Field } from "../schema/field.ts";
import type { DetailsOf, Simplify, VisibilityOf } from "../schema/infer.ts";
import type { Collections } from "./collections-of.ts";

/** A way from one collection to another: to one record, to many, or to one that a rule keeps from some. */
export interface Link<Target, Kind extends "one" | "many" | "restricted"> {
  readonly target: Target;
  readonly kind: Kind;
}

/** One ref of some collection. */
interface Ref {
  readonly from: PropertyKey;
  readonly field: PropertyKey;
  readonly target: unknown;
  readonly inverse: unknown;
}

type FieldsOf<M extends Collections, N extends keyof M> = M[N]["fields"];
type TargetOf<F extends Field> = DetailsOf<F> extends { readonly target: infer T extends string } ? T : never;

/** Names of the refs of a collection that queries may name. */
type RefNames<M extends Collections, N extends keyof M> = {
  [K in keyof FieldsOf<M, N>]: VisibilityOf<FieldsOf<M, N>[K]> extends "hidden"
    ? never
    : TargetOf<FieldsOf<M, N>[K]> extends never
      ? never
      : K;
}[keyof FieldsOf<M, N>];

/** Every ref of a backend. */
type AllRefs<M extends Collections> = {
  [N in keyof M]: {
    [K in RefNames<M, N>]: DetailsOf<FieldsOf<M, N>[K]> extends {
      readonly target: infer T extends string;
      readonly inverse: infer I;
    }
      ? { readonly from: N; readonly field: K; readonly target: T; readonly inverse: I }
      : never;
  }[RefNames<M, N>];
}[keyof M];

/** Every ref by the collection that it leads to: gathered once for a backend, as the compiler would else go through all for each. */
type RefsByTarget<M extends Collections> = Simplify<{ readonly [R in AllRefs<M> as R["target"]]: R }>;

type RefsTo<M extends Collections, N extends PropertyKey> =
  RefsByTarget<M> extends { readonly [T in N]: infer R extends Ref } ? R : never;

type IsUnion<T, All = T> = T extends All ? ([All] extends [T] ? false : true) : never;

/**
 * How a collection calls the records that refer to it: by the inverse that the ref names, or by the collection that
 * holds the ref, where that holds no other and the name is free.
 */
type InverseOf<M extends Collections, N extends keyof M, R extends Ref> = R["inverse"] extends string
  ? R["inverse"]
  : IsUnion<Extract<RefsTo<M, N>, { readonly from: R["from"]; readonly inverse: undefined }>> extends true
    ? never
    : R["from"] extends RefsTo<M, N>["inverse"] | keyof FieldsOf<M, N>
      ? never
      : R["from"];

/** The relations of a collection by their names, in both directions; any where the collections are not known. */
export type LinksOf<M extends Collections, N extends keyof M> = string extends N
  ? { readonly [name: string]: Link<string, "one" | "many"> }
  : {
      readonly [K in RefNames<M, N> as TargetOf<FieldsOf<M, N>[K]> extends keyof M ? K : never]: Link<
        TargetOf<FieldsOf<M, N>[K]>,
        VisibilityOf<FieldsOf<M, N>[K]> extends "restricted" ? "restricted" : "one"
      >;
    } & {
      readonly [R in RefsTo<M, N> as InverseOf<M, N, R>]: Link<R["from"], "many">;
    };
