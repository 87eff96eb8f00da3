import type { Model } from "../../schema/model.ts";
import type { Conversions } from "../migration/diff-columns.ts";
import { type Difference, diffSchemas } from "../migration/diff-schemas.ts";
import { intentOf } from "../migration/intent.ts";
import { needsOf, notUnique, refusal, takenNames } from "../migration/refusal.ts";
import type { Schema } from "../migration/schema.ts";
import type { Needs } from "../migration/step.ts";
import { quote } from "../sql/sql-dialect.ts";
import { postgresChapters } from "./postgres-chapters.ts";
import type { Connections, Query } from "./postgres-connections.ts";
import { codeOf } from "./postgres-errors.ts";
import { runStatement } from "./postgres-runner.ts";
import { readPostgres, wantedPostgres } from "./postgres-schema.ts";
import { inTransaction, type SchemaSession, withSchemaSession } from "./postgres-session.ts";

/** Values that PostgreSQL can turn into others of the same meaning. */
export const postgresConversions: Conversions = {
  kindOf: plainType,
  cast: (column, to) => `${quote(column)}::${plainType(to)}`,
  widen(name, from, to) {
    const column = quote(name);
    if (from === "bigint" && to === "double precision") return `${column}::double precision`;
    if (to !== 'text COLLATE "C"') return undefined;
    if (from === "uuid" || from === "date") return `${column}::text`;
    return from === "timestamptz(3)"
      ? `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : undefined;
  },
};

/** A type without the order of its texts. */
function plainType(type: string): string {
  return type.replace(/ COLLATE .*/, "");
}

/** No index by record: nothing asks for it, and each entry would cost one more page at a random place. */
const createFeed = [
  `CREATE TABLE IF NOT EXISTS "_changes" ("sequence" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "transaction" xid8 NOT NULL DEFAULT pg_current_xact_id(), "at" timestamptz(3) NOT NULL, "collection" text NOT NULL, "record" text NOT NULL, "kind" text NOT NULL, "actor" text, "request" text, "before" jsonb, "after" jsonb)`,
  `CREATE INDEX IF NOT EXISTS "_changes_order" ON "_changes" ("transaction", "sequence")`,
];

/**
 * Brings the database to the model by the steps of a migration that lose nothing: tables and columns in one transaction, indexes
 * of tables that were there before without locking them. Replicas that start together wait for the first, and find nothing
 * left to do.
 *
 * @throws Error with one line for each change that would lose data or can't be made on the data that is there
 */
export function migratePostgres(connections: Connections, model: Model): Promise<void> {
  return withSchemaSession(connections, async (session) => {
    const { query, lock } = session;
    const first = await differenceOf(query, model);
    if (first.steps.length === 0 && (await hasFeed(query)) && !(await isFeedFromElsewhere(query))) return;
    await lock();
    const { chapters, after } = await inTransaction(session, async () => {
      await preparePostgres(session);
      if (await isFeedFromElsewhere(query))
        await query({ text: `UPDATE "_changes" SET "transaction" = '0'`, values: [] });
      const difference = await differenceOf(query, model);
      const lines = [...difference.refused];
      for (const needs of needsOf(difference.steps)) {
        if (!(await holds(query, needs))) lines.push(`${needs.fact} ${needs.declare}`);
      }
      if (lines.length > 0) throw refusal(lines);
      const all = postgresChapters(difference.steps);
      for (const { statements } of all.filter(({ outside }) => !outside)) {
        for (const text of statements) await runStatement(query, text);
      }
      return { chapters: all, after: difference.after };
    });
    for (const { statements } of chapters.filter(({ outside }) => outside)) {
      for (const text of statements) await makeIndex(query, text, after);
    }
  });
}

/** Makes the tables that Galley keeps for itself, where they aren't there. */
export async function preparePostgres({ run, query }: SchemaSession): Promise<void> {
  // Who may make no tables may still use those that are there.
  if (await hasFeed(query)) return;
  for (const text of createFeed) await run(text);
}

async function hasFeed(query: Query): Promise<boolean> {
  const [found = []] = await query({
    text: `SELECT to_regclass('"_changes"'), to_regclass('"_changes_order"')`,
    values: [],
  });
  return !found.includes(null);
}

/**
 * Whether entries are of transactions that this server has not come to: they were dumped on another. Nobody would be told of them
 * until it has, nor of what is written meanwhile after them. They are all of the past, so their numbers alone say what comes first.
 */
async function isFeedFromElsewhere(query: Query): Promise<boolean> {
  const rows = await query({
    text: `SELECT 1 FROM (SELECT "transaction" FROM "_changes" ORDER BY "transaction" DESC LIMIT 1) t WHERE "transaction" >= pg_snapshot_xmax(pg_current_snapshot())`,
    values: [],
  });
  return rows.length > 0;
}

async function makeIndex(query: Query, text: string, after: Schema): Promise<void> {
  try {
    await runStatement(query, text);
  } catch (error) {
    const [, name] = /^CREATE UNIQUE INDEX [^"]*"([^"]+)"/.exec(text) ?? [];
    const table = after.tables.find(({ indexes }) => indexes.some((index) => index.name === name));
    const index = table?.indexes.find((one) => one.name === name);
    if (table === undefined || index === undefined || codeOf(error) !== "23505") throw error;
    throw refusal([notUnique(table.name, index.columns)], error);
  }
}

async function differenceOf(query: Query, model: Model): Promise<Difference & { readonly refused: readonly string[] }> {
  const { schema, foreign } = await readPostgres(query);
  const wanted = wantedPostgres(model);
  const difference = diffSchemas(schema, wanted, intentOf(wanted), postgresConversions);
  return { ...difference, refused: takenNames(difference.steps, foreign) };
}

/** Whether a step loses nothing on the data that is there. */
export async function holds(query: Query, { unless, at }: Needs): Promise<boolean> {
  const missing = unless === "filled" ? ` WHERE ${quote(at.column)} IS NULL` : "";
  const rows = await query({ text: `SELECT 1 FROM ${quote(at.table)}${missing} LIMIT 1`, values: [] });
  return rows.length === 0;
}
