import type { Collection } from "./collection.ts";
import type { Field, Fields } from "./field.ts";
import type { Json } from "./field-json.ts";

/** Flattens an intersection, so that editors show the keys. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The fields that every record has. */
export interface SystemFields {
  /** UUIDv7 (RFC 9562) unless the collection says otherwise. */
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
  /** RFC 3339 in UTC. */
  readonly updatedAt: string;
  /** 1, and 1 more with each change. */
  readonly version: number;
}

/** The type of a field's value in a record: null where it may be missing. */
export type ValueOf<F> = F extends Field<infer T, infer P> ? ("optional" extends P ? T | null : T) : never;

/** Whether a client must, may or can't send a field. */
export type PresenceOf<F> = F extends Field ? F["types"]["presence"] : never;

/** Whether a field appears in answers. */
export type VisibilityOf<F> = F extends Field ? F["types"]["visibility"] : never;

/** What a field leads to or is made of. */
export type DetailsOf<F> = F extends Field ? F["types"]["details"] : never;

/** All values of some fields, hidden ones included. */
export type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** The values of some fields that are shown. */
export type Shown<F extends Fields> = {
  readonly [K in keyof F as VisibilityOf<F[K]> extends "hidden" ? never : K]: ValueOf<F[K]>;
};

/** What is sent for a field: what may be left out of a record may be left out of an object, and of those in a list. */
type SentOf<F> =
  DetailsOf<F> extends { readonly fields: infer G extends Fields }
    ? InputOf<G> | ("optional" extends PresenceOf<F> ? null : never)
    : DetailsOf<F> extends { readonly item: infer I }
      ? readonly SentOf<I>[] | ("optional" extends PresenceOf<F> ? null : never)
      : ValueOf<F>;

/** What must and may be sent for some fields. */
export type InputOf<F extends Fields> = Simplify<
  { readonly [K in keyof F as PresenceOf<F[K]> extends "required" ? K : never]: SentOf<F[K]> } & {
    readonly [K in keyof F as PresenceOf<F[K]> extends "optional" | "defaulted" ? K : never]?: SentOf<F[K]> | undefined;
  }
>;

type PatchValue<T> = T extends number
  ? T | { readonly increment: number }
  : T extends readonly unknown[]
    ? T
    : T extends object
      ? { readonly [K in keyof T]?: T[K] | null | undefined }
      : T;

/** What may be sent to change some fields: JSON Merge Patch (RFC 7396), and `{ increment }` for numbers. */
export type PatchOf<F extends Fields> = {
  readonly [K in keyof F as PresenceOf<F[K]> extends "computed" ? never : K]?:
    | (Json extends ValueOf<F[K]> ? Json : PatchValue<ValueOf<F[K]>>)
    | undefined;
};

/** A record as actions see it: with its hidden fields, without the computed ones. */
export type RecordOf<C extends Collection> = Simplify<
  SystemFields & {
    readonly [K in keyof C["fields"] as PresenceOf<C["fields"][K]> extends "computed" ? never : K]: ValueOf<
      C["fields"][K]
    >;
  }
>;

/** One of two types for a field that answers show, by whether a rule keeps it from some. */
type IsRestricted<F, Yes, No> =
  VisibilityOf<F> extends "hidden" ? never : "restricted" extends VisibilityOf<F> ? Yes : No;

/** A record as clients see it: without its hidden fields; those that a rule keeps from some may not be there. */
export type ShownRecordOf<C extends Collection> = Simplify<
  SystemFields & {
    readonly [K in keyof C["fields"] as IsRestricted<C["fields"][K], never, K>]: ValueOf<C["fields"][K]>;
  } & {
    readonly [K in keyof C["fields"] as IsRestricted<C["fields"][K], K, never>]?: ValueOf<C["fields"][K]>;
  }
>;

/** What creates a record of a collection. */
export type CreateOf<C extends Collection> = Simplify<
  InputOf<C["fields"]> & (C["id"] extends Field ? { readonly id: string } : unknown)
>;
