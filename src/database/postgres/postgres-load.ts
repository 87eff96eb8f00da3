import type { CollectionModel, Model } from "../../schema/model.ts";
import type { FeedEntry, Loader } from "../engine.ts";
import type { Row } from "../../query/sort.ts";
import { feedColumns } from "../sql/sql-feed.ts";
import { quote } from "../sql/sql-dialect.ts";
import { loadingTable } from "../unfinished-load.ts";
import type { Query } from "./postgres-connections.ts";
import { codeOf, writeError } from "./postgres-errors.ts";
import { migratePostgres } from "./postgres-migration.ts";
import { entriesOf, recordsetSql, recordsOf } from "./postgres-recordset.ts";
import { readPostgres } from "./postgres-schema.ts";
import { type SchemaSession, inTransaction, withSchemaSession } from "./postgres-session.ts";
import type { WholeParts } from "./postgres-snapshot.ts";

/** The lock of who fills a schema; any number that no other program locks. */
const loadLock = 4_742_560;

/** Fills a database: foreign keys are made at the end, because references may lead forwards, and in circles. */
export function loadPostgres<T>(
  { connections, model, started }: WholeParts,
  work: (loader: Loader) => Promise<T>,
): Promise<T> {
  return withSchemaSession(connections, async (session) => {
    const query: Query = (sql) => started(() => session.query(sql));
    const run = (text: string): Promise<unknown[][]> => query({ text, values: [] });
    await lockLoad(run);
    // What was filled in part may refer to what is not there yet, which a migration would not let pass.
    if (!(await isLoading(query))) await started(() => migratePostgres(connections, model));
    await inTransaction(session, async () => {
      await run(`CREATE TABLE IF NOT EXISTS ${quote(loadingTable)} ()`);
      await dropForLoad(query, model);
    });
    const result = await work({
      insert: (collection, rows) => insert(query, collection, rows),
      append: (entries) => append(query, entries),
    });
    await run(
      `SELECT setval(pg_get_serial_sequence('"_changes"', 'sequence'), max("sequence")) FROM "_changes" HAVING max("sequence") IS NOT NULL`,
    );
    await started(() => migratePostgres(connections, model));
    // A planner that knows nothing about the tables would scan them.
    for (const name of [...model.collections.keys(), "_changes"]) await run(`ANALYZE ${quote(name)}`);
    await run(`DROP TABLE ${quote(loadingTable)}`);
    return result;
  });
}

/** Whether a load has begun and not ended. */
export async function isLoading(query: Query): Promise<boolean> {
  const [[table] = []] = await query({ text: "SELECT to_regclass($1)", values: [quote(loadingTable)] });
  return table !== null;
}

/** Waits a moment for another load: what was killed is still at work on the server. */
async function lockLoad(run: SchemaSession["run"]): Promise<void> {
  await run("SET lock_timeout = '10s'");
  try {
    await run(`SELECT pg_advisory_lock(${loadLock}, hashtext(current_schema()))`);
  } catch (error) {
    if (codeOf(error) !== "55P03") throw error;
    throw new Error("Another program fills this database already: wait until it has ended.", { cause: error });
  }
  await run("SET lock_timeout = 0");
}

/** Drops what a migration makes again, and what each row would be held against before all rows are there. */
async function dropForLoad(query: Query, { collections }: Model): Promise<void> {
  const { schema } = await readPostgres(query);
  for (const { name: table, references, indexes } of schema.tables) {
    if (!collections.has(table)) continue;
    const texts = [
      ...references.map(({ name }) => `ALTER TABLE ${quote(table)} DROP CONSTRAINT ${quote(name)}`),
      ...indexes.map(({ name }) => `DROP INDEX ${quote(name)}`),
    ];
    for (const text of texts) await query({ text, values: [] });
  }
}

/** What is there already is left alone: the last that was sent before an interruption may have arrived after somebody looked. */
async function insert(query: Query, collection: CollectionModel, rows: readonly Row[]): Promise<void> {
  const records = recordsOf(collection, rows);
  try {
    await query({ text: `${recordsetSql(records, 1)} ON CONFLICT ("id") DO NOTHING`, values: [records.value] });
  } catch (error) {
    throw writeError(error, collection);
  }
}

async function append(query: Query, changes: readonly FeedEntry[]): Promise<void> {
  const entries = entriesOf(changes, ["sequence", ...feedColumns]);
  await query({
    text: `${recordsetSql(entries, 1, "OVERRIDING SYSTEM VALUE ")} ON CONFLICT ("sequence") DO NOTHING`,
    values: [entries.value],
  });
}
