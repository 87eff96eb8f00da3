import { sha256 } from "../../kit/token.ts";

/** The tables that Galley keeps in a database: of what is there and of what is wanted alike. */
export interface Schema {
  readonly tables: readonly Table[];
}

/** The table of one collection. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly references: readonly Reference[];
  /** Indexes that Galley has made; others have names of another kind, and stay as they are. */
  readonly indexes: readonly Index[];
  /** Columns whose words are indexed, in order. */
  readonly words: readonly string[];
}

/** A column, with its type in the words of the engine. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** A foreign key to the ids of another table. */
export interface Reference {
  readonly column: string;
  readonly target: string;
  /** Name of the constraint; empty where the engine gives it none. */
  readonly name: string;
}

/** An index of a table. */
export interface Index {
  readonly name: string;
  readonly unique: boolean;
  /** Names of the columns that it is declared over. */
  readonly columns: readonly string[];
  /** What exactly it is, with every column in quotes; empty where the engine can't give an index another name. */
  readonly form: string;
  /** The statement that makes it. */
  readonly sql: string;
  /** Whether its making broke off, so that it is of no use. */
  readonly broken: boolean;
}

/** A table as a definition wants it. */
export interface WantedTable extends Table {
  readonly columns: readonly WantedColumn[];
  /** What it was called before. */
  readonly renamedFrom: string | undefined;
}

/** A column as a definition wants it. */
export interface WantedColumn extends Column {
  /** The default of the field, as an SQL expression, where it is a value. */
  readonly fallback: string | undefined;
  readonly renamedFrom: string | undefined;
}

/** What a definition wants. */
export interface WantedSchema extends Schema {
  readonly tables: readonly WantedTable[];
}

/** A database without tables. */
export const emptySchema: Schema = { tables: [] };

/** The names of all tables, those of collections with their columns. */
export function tablesIn({ tables }: Schema, foreign: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const own = tables.map(({ name, columns }): [string, string[]] => [name, columns.map((column) => column.name)]);
  return new Map([...own, ...foreign.map((name): [string, string[]] => [name, []])]);
}

/** The table of a name. */
export function tableOf(schema: Schema, name: string): Table | undefined {
  return schema.tables.find((table) => table.name === name);
}

/** A short text that two schemas share when they are the same, in whatever order they are listed. */
export function hashOf({ tables }: Schema): string {
  const plain = tables.map(({ name, columns, references, indexes, words }) => [
    name,
    columns.map((column) => [column.name, column.type, column.required]).toSorted(byText),
    references.map(({ column, target }) => [column, target]).toSorted(byText),
    indexes.map((index) => [index.name, index.broken]).toSorted(byText),
    words,
  ]);
  return sha256(JSON.stringify(plain.toSorted(byText))).slice(0, 16);
}

function byText(one: readonly unknown[], other: readonly unknown[]): number {
  const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
