import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { quote, type Sql } from "../sql/sql-dialect.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { recordsetSql, recordsOf } from "./postgres-recordset.ts";
import type { Some } from "./postgres-turn.ts";
import { encodePostgres, postgresType } from "./postgres-types.ts";
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

/** Creates what spells the statements that write records of a model. */
export function createStatements(model: Model): Statements {
  /** Columns and values that a row sets, the words of its searched fields among them. */
  function assignments(
    collection: CollectionModel,
    row: Row,
    names: readonly string[],
    whole: Row | undefined,
  ): { columns: string[]; types: string[]; values: unknown[] } {
    const types: string[] = names.map((name) => postgresType(fieldOf(collection, name), model));
    const columns = names.map(quote);
    const values = names.map((name) => encodePostgres(row[name], postgresType(fieldOf(collection, name), model)));
    if (whole !== undefined) {
      columns.push(quote(wordsColumn));
      types.push("tsvector");
      values.push(wordsText(collection, whole));
    }
    return { columns, types, values };
  }

  return {
    insert(collection, rows) {
      const [row, another] = rows;
      if (row === undefined || another !== undefined) {
        const recordset = recordsOf(collection, rows);
        return { text: recordsetSql(recordset, 1), values: [recordset.value] };
      }
      const whole = collection.searched.length > 0 ? row : undefined;
      const { columns, values } = assignments(collection, row, collection.stored, whole);
      const marks = values.map((_value, index) => `$${index + 1}`);
      return {
        text: `INSERT INTO ${quote(collection.name)} (${columns.join(", ")}) VALUES (${marks.join(", ")})`,
        values,
      };
    },
    update(collection, updates) {
      const table = quote(collection.name);
      const spell = ({ changes, whole }: Update) => assignments(collection, changes, Object.keys(changes), whole);
      const [first, ...others] = updates;
      const { columns, types, values } = spell(first);
      if (others.length === 0) {
        const sets = columns.map((column, index) => `${column} = $${index + 1}`).join(", ");
        return {
          text: `UPDATE ${table} SET ${sets} WHERE "id" = $${values.length + 1}`,
          values: [...values, first.id],
        };
      }
      // The planner knows how many rows VALUES has; of a set that a function makes it expects so many that it would read the whole
      // of a small table, and conflict with everyone else.
      const casts = [postgresType(fieldOf(collection, "id"), model), ...types];
      const width = casts.length;
      const listed = updates.map((_update, at) => {
        const marks = casts.map((type, index) => `$${at * width + index + 1}${at === 0 ? `::${type}` : ""}`);
        return `(${marks.join(", ")})`;
      });
      const sets = columns.map((column, index) => `${column} = v.c${index}`).join(", ");
      const names = columns.map((_column, index) => `c${index}`).join(", ");
      return {
        text: `UPDATE ${table} t SET ${sets} FROM (VALUES ${listed.join(", ")}) v (id, ${names}) WHERE t."id" = v.id`,
        values: [first.id, ...values, ...others.flatMap((other) => [other.id, ...spell(other).values])],
      };
    },
  };
}
