import type { Comparison, Operand } from "../../query/predicate.ts";
import type { AggregateFunction } from "../../query/query.ts";
import type { Field } from "../../schema/field.ts";
import type { CollectionModel } from "../../schema/model.ts";

/** A statement's text and the values of its parameters. Texts repeat; values don't, so texts are what is prepared and kept. */
export interface Sql<Value = unknown> {
  readonly text: string;
  readonly values: readonly Value[];
}

/** A place in a row that can be compared. */
export interface SqlPlace {
  /** The column as the statement names it: `t."price"`. */
  readonly column: string;
  readonly field: Field;
  /** Keys inside a JSON value, each checked to be letters, digits, hyphens and underscores; empty for the column itself. */
  readonly path: readonly string[];
}

/** Adds a value to a statement and answers how its text refers to it. */
export type Bind<Value> = (value: Value) => string;

/**
 * What databases spell differently. Everything that has a meaning (how predicates nest, what a page is made of) is in the
 * compiler and is the same for all; the leaves are here.
 */
export interface SqlDialect<Value> {
  /** How the parameter with this number, counted from 1, is referred to. */
  parameter(number: number): string;
  readonly yes: string;
  readonly no: string;
  /** How a value of a field is sent. */
  encode(value: unknown, field: Field): Value;
  /** How a number that isn't a field's is sent. */
  number(value: number): Value;
  /** The value of a field from a column of an answer. */
  decode(value: unknown, field: Field): unknown;
  /** Whether a column of the field holds its values as they are, so that nothing need be decoded. */
  isPlain(field: Field): boolean;
  /** A limit, such as `LIMIT $3`. */
  limit(parameter: string): string;
  /** A key of an order: missing values first when ascending, last when descending. */
  order(key: string, descending: boolean): string;
  missing(place: SqlPlace): string;
  compare(place: SqlPlace, comparison: Comparison, operand: Operand, bind: Bind<Value>): string;
  /** Whether the value is one of several, as one parameter however many there are. */
  among(place: SqlPlace, operands: readonly Operand[], bind: Bind<Value>): string;
  /** Whether each word begins a word of the searched fields. */
  search(collection: CollectionModel, table: string, words: readonly string[], bind: Bind<Value>): string;
  /** A search that also ranks: where to read from, the condition, and the key that is smallest for the best match. */
  ranked(
    collection: CollectionModel,
    words: readonly string[],
    bind: Bind<Value>,
  ): {
    readonly from: string;
    readonly condition: string;
    readonly key: string;
  };
  /** How a record is written as JSON, where the database does that faster than we do. */
  readonly json:
    | {
        /** A column as a value in an object. */
        value(column: string, field: Field): string;
        object(members: readonly { readonly name: string; readonly value: string }[]): string;
      }
    | undefined;
  /** A sum and an average are infinite where one of the values is above {@link largestSummand}, and never fail. */
  figure(name: AggregateFunction, column: string, field: Field): string;
  /** The change feed after an entry, whose number the parameter is, as far as nothing can come before it any more. */
  feedAfter(parameter: string): { readonly where: string; readonly order: string };
}

/** A name as SQL spells it. */
export function quote(name: string): string {
  return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`;
}
