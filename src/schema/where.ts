import type { Fields } from "./field.ts";
import type { SystemFields, ValueOf } from "./infer.ts";
import type { Operator } from "./operators.ts";
import type { WhereJson } from "./rule.ts";

type ItemOf<T> = T extends readonly (infer I)[] ? I : never;

/** Comparisons of one field. Several must all hold. */
export interface Comparisons<T> {
  readonly eq?: T | null;
  readonly ne?: T | null;
  readonly lt?: T;
  readonly lte?: T;
  readonly gt?: T;
  readonly gte?: T;
  readonly in?: readonly (T | null)[];
  readonly nin?: readonly (T | null)[];
  /** The text contains this text; upper and lower case are different. */
  readonly contains?: T extends string ? string : never;
  readonly startsWith?: T extends string ? string : never;
  /** The list has this item. */
  readonly has?: ItemOf<T>;
  readonly isNull?: boolean;
}

/**
 * A predicate over a collection's own fields, typed. A text field that is a `ref` also takes a predicate over the record
 * it refers to.
 *
 * @example
 * { genre: "Comedy", price: { lt: 1000 }, or: [{ rating: { gte: 8 } }, { votes: { gt: 10_000 } }] }
 */
export type Where<F extends Fields> = {
  readonly [K in keyof F | keyof SystemFields]?:
    | (K extends keyof SystemFields ? SystemFields[K] | Comparisons<SystemFields[K]> : never)
    | (K extends keyof F ? ConditionOf<ValueOf<F[K]>> : never);
} & {
  readonly and?: readonly Where<F>[];
  readonly or?: readonly Where<F>[];
  readonly not?: Where<F>;
};

/** Conditions on the record that a ref leads to, or inside an object: their names are not known here. */
type Nested = WhereJson & { readonly [O in Operator]?: never };

type ConditionOf<T> =
  NonNullable<T> extends readonly unknown[]
    ? Pick<Comparisons<NonNullable<T>>, "has" | "isNull"> | Extract<T, null>
    : T | Comparisons<NonNullable<T>> | (NonNullable<T> extends string | object ? Nested : never);
