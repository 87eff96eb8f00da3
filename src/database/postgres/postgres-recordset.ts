import type { Row } from "../../query/sort.ts";
import type { CollectionModel } from "../../schema/model.ts";
import type { Change } from "../engine.ts";
import { feedColumns, feedRow } from "../sql/sql-feed.ts";
import { quote, type Sql } from "../sql/sql-dialect.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { wordsText } from "./postgres-words.ts";

/** What a statement that adds many rows is made of. */
export interface Recordset {
  readonly table: string;
  readonly columns: readonly string[];
  /** A JSON array of rows. */
  readonly value: string;
}

/** Records, with the words of their searched fields. */
export function recordsOf(collection: CollectionModel, rows: readonly Row[]): Recordset {
  const { name: table, stored, searched } = collection;
  if (searched.length === 0) return { table, columns: stored, value: JSON.stringify(rows) };
  const whole = rows.map((row) => ({ ...row, [wordsColumn]: wordsText(collection, row) }));
  return { table, columns: [...stored, wordsColumn], value: JSON.stringify(whole) };
}

/** Entries of the change feed; those that have a number already keep it where the columns say so. */
export function entriesOf(changes: readonly Change[], columns: readonly string[] = feedColumns): Recordset {
  return { table: "_changes", columns, value: JSON.stringify(changes.map(feedRow)) };
}

/**
 * Many rows as one statement with one value, which the server takes apart: it costs less than any other way.
 *
 * @param parameter number of the parameter that has the value
 * @param overriding what stands between the columns and the rows
 */
export function recordsetSql({ table, columns }: Recordset, parameter: number, overriding = ""): string {
  const names = columns.map(quote).join(", ");
  return `INSERT INTO ${quote(table)} (${names}) ${overriding}SELECT ${names} FROM json_populate_recordset(NULL::${quote(table)}, $${parameter})`;
}

/** Adds entries to the change feed, in this order. */
export function appendSql(changes: readonly Change[]): Sql {
  const entries = entriesOf(changes);
  return { text: recordsetSql(entries, 1), values: [entries.value] };
}
