import { choice } from "../../schema/field-choice.ts";
import { json } from "../../schema/field-json.ts";
import { text } from "../../schema/field-text.ts";
import { timestamp } from "../../schema/field-timestamp.ts";
import type { Field } from "../../schema/field.ts";
import type { Change, FeedEntry } from "../engine.ts";
import { quote, type Sql, type SqlDialect } from "./sql-dialect.ts";

/** The statements about the change feed, which is a table like others but for its order. */
export interface FeedSql<Value> {
  /** Adds entries, in this order. */
  append(changes: readonly Change[]): Sql<Value>;
  /** Adds an entry that has a number already. */
  restore(entry: FeedEntry): Sql<Value>;
  /** Entries in the feed's order, as far as it is settled. */
  follow(after: number, limit: number): Sql<Value>;
  /** All entries, by their numbers. */
  list(after: number, limit: number): Sql<Value>;
  /** An entry from the columns of an answer. */
  entry(columns: readonly unknown[]): FeedEntry;
}

const kinds = ["created", "updated", "deleted"] as const;

/** The columns beside the number, as fields: a dialect knows how those are written and read. */
const fields: readonly (readonly [column: string, field: Field])[] = [
  ["at", timestamp()],
  ["collection", text()],
  ["record", text()],
  ["kind", choice(kinds)],
  ["actor", text().optional()],
  ["request", text().optional()],
  ["before", json().optional()],
  ["after", json().optional()],
];

/** The columns of an entry, its number left out. */
export const feedColumns: readonly string[] = fields.map(([column]) => column);

/** An entry by its columns. */
export function feedRow({ id, ...change }: Change): Readonly<Record<string, unknown>> {
  return { ...change, record: id };
}

/** Creates what writes and reads the feed in a dialect. */
export function createFeedSql<Value>(dialect: SqlDialect<Value>): FeedSql<Value> {
  const columns = feedColumns.map(quote).join(", ");
  const appendTexts = new Map<number, string>();
  const { where, order } = dialect.feedAfter(dialect.parameter(1));
  const followText = pageText(where, order);
  const listText = pageText(`"sequence" > ${dialect.parameter(1)}`, `"sequence"`);
  const restored = [...feedColumns, "sequence"];
  const restoreText = `INSERT INTO "_changes" (${restored.map(quote).join(", ")}) VALUES (${restored.map((_column, index) => dialect.parameter(index + 1)).join(", ")})`;

  function pageText(condition: string, keys: string): string {
    return `SELECT "sequence", ${columns} FROM "_changes" WHERE ${condition} ORDER BY ${keys} ${dialect.limit(dialect.parameter(2))}`;
  }

  function addValues(values: Value[], change: Change): void {
    const row = feedRow(change);
    for (const [column, field] of fields) values.push(dialect.encode(row[column], field));
  }

  function appendText(count: number): string {
    let known = appendTexts.get(count);
    if (known === undefined) {
      const marks = (row: number): string =>
        fields.map((_field, index) => dialect.parameter(row * fields.length + index + 1)).join(", ");
      const rows = Array.from({ length: count }, (_, row) => `(${marks(row)})`);
      known = `INSERT INTO "_changes" (${columns}) VALUES ${rows.join(", ")}`;
      appendTexts.set(count, known);
    }
    return known;
  }

  return {
    append(changes) {
      const values: Value[] = [];
      for (const change of changes) addValues(values, change);
      return { text: appendText(changes.length), values };
    },
    restore(entry) {
      const values: Value[] = [];
      addValues(values, entry);
      return { text: restoreText, values: [...values, dialect.number(entry.sequence)] };
    },
    follow: (after, limit) => ({ text: followText, values: [dialect.number(after), dialect.number(limit)] }),
    list: (after, limit) => ({ text: listText, values: [dialect.number(after), dialect.number(limit)] }),
    entry([sequence, ...rest]) {
      const row = fields.map(([column, field], index) => [column, dialect.decode(rest[index], field)] as const);
      const { record, ...change }: Record<string, unknown> = Object.fromEntries(row);
      // Each column was read by the field of its own name; no type can follow that through a list.
      return { ...change, id: record, sequence: Number(sequence) } as FeedEntry;
    },
  };
}
