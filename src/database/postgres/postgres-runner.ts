import { quote } from "../sql/sql-dialect.ts";
import type { Query } from "./postgres-connections.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { codeOf } from "./postgres-errors.ts";
import { decodePostgres } from "./postgres-types.ts";
import { wordsText } from "./postgres-words.ts";

/** Records whose words are made at a time. */
const chunk = 500;

/** Runs one statement of a migration. What is half made by one that broke off before is made anew. */
export async function runStatement(query: Query, text: string): Promise<void> {
  const [, table] = /^-- galley: words (\S+)$/.exec(text) ?? [];
  if (table !== undefined) return fillWords(query, table);
  const [, index] = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?("[^"]+"|\w+) /i.exec(text) ?? [];
  if (index !== undefined) {
    const [[valid] = []] = await query({
      text: "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)",
      values: [index],
    });
    if (valid === "f") await query({ text: `DROP INDEX CONCURRENTLY ${index}`, values: [] });
  }
  try {
    await query({ text, values: [] });
  } catch (error) {
    // It would be kept up to date from now on, and be of no use.
    if (index !== undefined) await query({ text: `DROP INDEX CONCURRENTLY IF EXISTS ${index}`, values: [] });
    if (codeOf(error) !== "55P03") throw error;
    const detail = "others hold a lock that was not free in time; try again when the database is less busy";
    throw new Error(detail, { cause: error });
  }
}

/** Makes the words of a table anew, from the columns that the comment on its words names. */
async function fillWords(query: Query, table: string): Promise<void> {
  const columns = await query({
    text: `SELECT a.attname, replace(format_type(a.atttypid, a.atttypmod), 'timestamp(3) with time zone', 'timestamptz'), col_description(a.attrelid, a.attnum)
           FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
    values: [quote(table)],
  });
  const [, , comment] = columns.find(([name]) => name === wordsColumn) ?? [];
  if (typeof comment !== "string") throw new Error(`The words of ${table} can't be made: it is not searched.`);
  const typeOf = (name: string): string => String(columns.find(([column]) => column === name)?.[1]);
  const searched = comment.split(",");
  const select = `SELECT "id", ${searched.map(quote).join(", ")} FROM ${quote(table)}`;
  let after: unknown;
  for (;;) {
    const rows = await query({
      text: `${select} ${after === undefined ? "" : `WHERE "id" > $1`} ORDER BY "id" LIMIT ${chunk}`,
      values: after === undefined ? [] : [after],
    });
    const words = rows.map(([, ...values]) => {
      const row: Record<string, unknown> = {};
      for (const [index, name] of searched.entries()) row[name] = decodeText(values[index], typeOf(name));
      return wordsText({ searched }, row);
    });
    await query({
      text: `UPDATE ${quote(table)} t SET ${quote(wordsColumn)} = w.words::tsvector FROM unnest($1::${typeOf("id")}[], $2::text[]) w(id, words) WHERE t."id" = w.id`,
      values: [rows.map(([id]) => id), words],
    });
    if (rows.length < chunk) return;
    after = rows.at(-1)?.[0];
  }
}

/** A value as the application sees it: times are spelled in another way by the server. */
function decodeText(value: unknown, type: string): unknown {
  return decodePostgres(value, type === "timestamptz" ? "timestamptz" : "text");
}
