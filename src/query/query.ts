import type { Position } from "./cursor.ts";
import type { Predicate } from "./predicate.ts";
import type { SortTerm } from "./sort.ts";

/** Records to load in the place of a reference, and what to load in theirs. */
export interface Include {
  /** Name of the relation. */
  readonly relation: string;
  readonly include: readonly Include[];
}

/** A page of records, as a repository and an engine take it. */
export interface Query {
  readonly where: Predicate;
  /** Ends with the id, so that no two records are equal. */
  readonly order: readonly SortTerm[];
  readonly limit: number;
  readonly after: Position | undefined;
}

/** How the records of an answer look. */
export interface View {
  /** Names of the fields to answer; undefined for all. */
  readonly select: readonly string[] | undefined;
  readonly include: readonly Include[];
}

/** A list as a client asks for it. */
export interface ListQuery extends Query, View {
  /** Whether to count all matches. */
  readonly total: boolean;
}

/** Functions of an aggregate over a field. */
export const aggregateFunctions = ["sum", "avg", "min", "max"] as const;

export type AggregateFunction = (typeof aggregateFunctions)[number];

/**
 * Numbers from here on, below zero as well, are not added up: their sum may be no number any more. It is missing then, and so is
 * their average.
 */
export const largestSummand = 1e290;

/** Figures over groups of records. */
export interface AggregateQuery {
  readonly where: Predicate;
  /** Names of the fields whose values make a group. */
  readonly group: readonly string[];
  /** Names of the fields of each figure. */
  readonly figures: { readonly [F in AggregateFunction]: readonly string[] };
}

/** One group's figures. */
export interface AggregateRow {
  readonly group: { readonly [field: string]: unknown };
  readonly count: number;
  readonly figures: { readonly [F in AggregateFunction]: { readonly [field: string]: unknown } };
}
