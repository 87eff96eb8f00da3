import type { Column, Index, Reference, Table } from "./schema.ts";

/** One change of a schema. Names are those after the renames, which come first. */
export type Step = Change & {
  /** What must be named, or be so in the data, before it may be done: else it would lose something. */
  readonly needs?: Needs | undefined;
};

/** The changes that there are, each of one table. */
type Change = { readonly table: string } & (
  | { readonly kind: "renameTable"; readonly from: string; readonly words: boolean }
  | { readonly kind: "renameColumn"; readonly column: string; readonly from: string }
  | { readonly kind: "dropReference"; readonly reference: Reference }
  | { readonly kind: "dropIndex"; readonly index: Index }
  | { readonly kind: "createTable"; readonly made: Table }
  | { readonly kind: "addColumn"; readonly column: Column; readonly fill: Fill | undefined }
  | {
      readonly kind: "changeType";
      readonly column: Column;
      /** The types in the words of a definition. */
      readonly from: string;
      readonly to: string;
      /** What a value becomes; left out where there are no values. */
      readonly using: string | undefined;
      /** Whether every value keeps its meaning. */
      readonly widens: boolean;
    }
  | { readonly kind: "requireColumn"; readonly column: Column; readonly fill: Fill | undefined }
  | { readonly kind: "relaxColumn"; readonly column: Column }
  | { readonly kind: "dropColumn"; readonly column: Column }
  | {
      readonly kind: "indexWords";
      readonly words: readonly string[];
      readonly had: readonly string[];
      /** Whether only the names of the columns have changed, and none of their words. */
      readonly renamed: boolean;
    }
  | { readonly kind: "dropTable"; readonly words: boolean }
  | { readonly kind: "addReference"; readonly reference: Reference }
  | { readonly kind: "renameReference"; readonly from: string; readonly reference: Reference }
  | { readonly kind: "createIndex"; readonly index: Index; readonly made: boolean }
  | { readonly kind: "renameIndex"; readonly from: string; readonly index: Index }
);

/** What the records that are there get in a column. */
export interface Fill {
  /** An SQL expression. */
  readonly sql: string;
  /** Whether it is one value for all of them. */
  readonly constant: boolean;
}

/** Why a step may not be done just so. */
export interface Needs {
  /** What is wrong: `films.old holds data and is no longer declared.` */
  readonly fact: string;
  /** What would be right in the definition. */
  readonly declare: string;
  /** What would be right on the command line. */
  readonly name: string;
  /** What the data would have to be: `empty`, the table has no records; `filled`, none of them lacks a value. */
  readonly unless: "empty" | "filled";
  /** Where that is looked up, by the names before the renames. */
  readonly at: { readonly table: string; readonly column: string };
}

/** The step in words, without a full stop: `films.rating is new`. */
export function wordsOfStep(step: Step): string {
  const { table } = step;
  switch (step.kind) {
    case "renameTable":
      return `${step.from} is called ${table}`;
    case "renameColumn":
      return `${table}.${step.from} is called ${step.column}`;
    case "dropReference":
      return `${table}.${step.reference.column} refers to ${step.reference.target} no longer`;
    case "dropIndex":
      return `the index ${step.index.name} is dropped`;
    case "createTable":
      return `${table} is new`;
    case "addColumn":
      return `${table}.${step.column.name} is new${filled(step.fill)}`;
    case "changeType":
      return `${table}.${step.column.name} was ${step.from} and is ${step.to}${step.using === undefined ? "" : `: ${step.using}`}`;
    case "requireColumn":
      return `${table}.${step.column.name} is required${filled(step.fill)}`;
    case "relaxColumn":
      return `${table}.${step.column.name} may be missing`;
    case "dropColumn":
      return `${table}.${step.column.name} is dropped with all its values`;
    case "indexWords":
      return step.words.length === 0
        ? `${table} is searched no longer`
        : `${table} is searched by ${step.words.join(", ")}`;
    case "dropTable":
      return `${table} is dropped with all its records`;
    case "addReference":
      return `${table}.${step.reference.column} refers to ${step.reference.target}`;
    case "renameReference":
      return `the foreign key of ${table}.${step.reference.column} has another name`;
    case "createIndex":
      return `${table} has ${step.index.unique ? "a unique index" : "an index"} over ${step.index.columns.join(", ")}`;
    case "renameIndex":
      return `the index ${step.from} is called ${step.index.name}`;
  }
}

function filled(fill: Fill | undefined): string {
  return fill === undefined ? "" : `, and ${fill.sql} where there was none`;
}

/** Whether something that is stored is gone, or another, once the step is done. */
export function isLossy(step: Step): boolean {
  return step.kind === "dropColumn" || step.kind === "dropTable" || (step.kind === "changeType" && !step.widens);
}
