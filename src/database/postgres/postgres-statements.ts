import { kept } from "../../kit/kept.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { quote, type Sql } from "../sql/sql-dialect.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { recordsetSql, recordsOf } from "./postgres-recordset.ts";
import type { Some } from "./postgres-turn.ts";
import { encodePostgres, postgresType, type PostgresType } from "./postgres-types.ts";
import { wordsText } from "./postgres-words.ts";

/** New values of some columns of a record. */
export interface Update {
  readonly id: string;
  readonly changes: Row;
  /** The record as it will be, where its searched fields change. */
  readonly whole: Row | undefined;
}

/** The statements that write records. */
export interface Statements {
  insert(collection: CollectionModel, rows: readonly Row[]): Sql;
  /** Of records that each change the same columns. */
  update(collection: CollectionModel, updates: Some<Update>): Sql;
}

/** Texts that are kept: who changes a record chooses its columns. */
const mostTexts = 500;

/** Creates what spells the statements that write records of a model, each once. */
export function createStatements(model: Model): Statements {
  const texts = new Map<string, string>();
  const types = new Map<CollectionModel, ReadonlyMap<string, PostgresType>>();

  function typesOf(collection: CollectionModel): ReadonlyMap<string, PostgresType> {
    let known = types.get(collection);
    if (known === undefined) {
      const all = collection.stored.map((name) => [name, postgresType(fieldOf(collection, name), model)] as const);
      types.set(collection, (known = new Map(all)));
    }
    return known;
  }

  /** The values of a row's columns, those of its words at the end. */
  function valuesOf(
    collection: CollectionModel,
    row: Row,
    names: readonly string[],
    whole: Row | undefined,
  ): unknown[] {
    const known = typesOf(collection);
    const values = names.map((name) => encodePostgres(row[name], known.get(name) ?? "text"));
    if (whole !== undefined) values.push(wordsText(collection, whole));
    return values;
  }

  return {
    insert(collection, rows) {
      const [row, another] = rows;
      if (row === undefined || another !== undefined) {
        const recordset = recordsOf(collection, rows);
        return { text: recordsetSql(recordset, 1), values: [recordset.value] };
      }
      const searched = collection.searched.length > 0;
      const text = kept(texts, `insert ${collection.name}`, mostTexts, () => {
        const columns = [...collection.stored, ...(searched ? [wordsColumn] : [])].map(quote);
        const marks = columns.map((_column, index) => `$${index + 1}`);
        return `INSERT INTO ${quote(collection.name)} (${columns.join(", ")}) VALUES (${marks.join(", ")})`;
      });
      return { text, values: valuesOf(collection, row, collection.stored, searched ? row : undefined) };
    },
    update(collection, updates) {
      const [first, ...others] = updates;
      const names = Object.keys(first.changes);
      const searched = first.whole !== undefined;
      const text = kept(texts, `update ${updates.length} ${collection.name} ${names.join()}`, mostTexts, () => {
        const columns = [...names, ...(searched ? [wordsColumn] : [])];
        if (others.length === 0) return updateSql(collection, columns);
        const known = typesOf(collection);
        const cast = (column: string): string => (column === wordsColumn ? "tsvector" : (known.get(column) ?? "text"));
        return updateAllSql(collection, columns, ["id", ...columns].map(cast), updates.length);
      });
      const spelled = ({ changes, whole }: Update): unknown[] => valuesOf(collection, changes, names, whole);
      if (others.length === 0) return { text, values: [...spelled(first), first.id] };
      return { text, values: updates.flatMap((update) => [update.id, ...spelled(update)]) };
    },
  };
}

/** The id is the last value. */
function updateSql({ name }: CollectionModel, columns: readonly string[]): string {
  const sets = columns.map((column, index) => `${quote(column)} = $${index + 1}`).join(", ");
  return `UPDATE ${quote(name)} SET ${sets} WHERE "id" = $${columns.length + 1}`;
}

/**
 * The id is the first value of each row. The planner knows how many rows VALUES has; of a set that a function makes it expects so
 * many that it would read the whole of a small table, and conflict with everyone else.
 */
function updateAllSql(
  { name }: CollectionModel,
  columns: readonly string[],
  casts: readonly string[],
  count: number,
): string {
  const listed = Array.from({ length: count }, (_, row) => {
    const marks = casts.map((type, index) => `$${row * casts.length + index + 1}${row === 0 ? `::${type}` : ""}`);
    return `(${marks.join(", ")})`;
  });
  const sets = columns.map((column, index) => `${quote(column)} = v.c${index}`).join(", ");
  const aliases = columns.map((_column, index) => `c${index}`).join(", ");
  return `UPDATE ${quote(name)} t SET ${sets} FROM (VALUES ${listed.join(", ")}) v (id, ${aliases}) WHERE t."id" = v.id`;
}
