import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../../query/sort.ts";
import { type CollectionModel, type Model, refsOf } from "../../schema/model.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { createSqlCompiler } from "../sql/sql-compiler.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connections, Query } from "./postgres-connections.ts";
import { createPostgresDialect, wordsColumn } from "./postgres-dialect.ts";
import { migrateIndexes } from "./postgres-indexes.ts";
import { shortName } from "./postgres-names.ts";
import { declaredType, encodePostgres, postgresType } from "./postgres-types.ts";
import { wordsText } from "./postgres-words.ts";

/** The lock that replicas take which start together; any number that no other program locks. */
const migrationLock = 4_742_558;
const oldestServer = 140_000;
/** Records whose words are made anew at a time. */
const chunk = 500;

/** A column as the database has it, or should have it. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/**
 * Brings the database to the model: tables and columns in one transaction, indexes of tables that were there before without
 * locking them. Replicas that start together wait for the first, and find nothing left to do.
 *
 * @throws Error with one line for each change that would lose data or can't be made on the data that is there
 */
export async function migratePostgres(connections: Connections, model: Model): Promise<void> {
  const session = await connections.acquire();
  const run = async (text: string): Promise<unknown[][]> => session.query({ text, values: [] });
  try {
    await checkVersion(run);
    await run("SET statement_timeout = 0");
    await run("SET idle_in_transaction_session_timeout = 0");
    await run("SET default_transaction_read_only = off");
    await lockMigration(run);
    const before = new Set<string>();
    await run("BEGIN");
    try {
      // Better to fail and be started again than to queue behind a long transaction and hold up everyone behind us.
      await run("SET LOCAL lock_timeout = '10s'");
      await migrateTables(run, session.query, model, before);
      await run("COMMIT");
    } catch (error) {
      await run("ROLLBACK");
      throw error;
    }
    await migrateIndexes(run, session.query, model, before);
  } finally {
    // Ending the connection gives back its locks and settings.
    session.release(true);
  }
}

/**
 * Waits for other replicas by asking again and again: a statement that waited for the lock would be a transaction that making
 * an index concurrently waits for, in the replica that holds the lock.
 */
async function lockMigration(run: (text: string) => Promise<unknown[][]>): Promise<void> {
  for (;;) {
    const [[locked] = []] = await run(`SELECT pg_try_advisory_lock(${migrationLock})`);
    if (locked === "t") return;
    await sleep(50);
  }
}

/** @throws Error when the server is older than what is relied upon */
export async function checkVersion(run: (text: string) => Promise<unknown[][]>): Promise<void> {
  const [[number, name] = []] = await run(
    "SELECT current_setting('server_version_num'), current_setting('server_version')",
  );
  if (Number(number) < oldestServer)
    throw new Error(`The PostgreSQL server is version ${String(name)}; Galley needs 14 or newer.`);
}

async function migrateTables(
  run: (text: string) => Promise<unknown[][]>,
  query: Query,
  model: Model,
  before: Set<string>,
): Promise<void> {
  await run(
    `CREATE TABLE IF NOT EXISTS "_changes" ("sequence" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "transaction" xid8 NOT NULL DEFAULT pg_current_xact_id(), "at" timestamptz(3) NOT NULL, "collection" text NOT NULL, "record" text NOT NULL, "kind" text NOT NULL, "actor" text, "request" text, "before" jsonb, "after" jsonb)`,
  );
  await run(`CREATE INDEX IF NOT EXISTS "_changes_record" ON "_changes" ("collection", "record", "sequence")`);
  await run(`CREATE INDEX IF NOT EXISTS "_changes_order" ON "_changes" ("transaction", "sequence")`);
  const refused: string[] = [];
  for (const collection of model.collections.values()) {
    refused.push(...(await migrateTable(run, query, collection, model, before)));
  }
  if (refused.length > 0) {
    throw new Error(
      `The database can't follow the definition without losing something:\n${refused.map((line) => `  - ${line}`).join("\n")}`,
    );
  }
  for (const collection of model.collections.values()) await migrateReferences(run, query, collection);
}

async function migrateTable(
  run: (text: string) => Promise<unknown[][]>,
  query: Query,
  collection: CollectionModel,
  model: Model,
  before: Set<string>,
): Promise<string[]> {
  const table = quote(collection.name);
  const wanted = collection.stored.map((name) => columnOf(collection, name, model));
  let existing = await columnsOf(query, collection.name);
  if (existing.length > 0 && !fits(existing, wanted) && (await run(`SELECT 1 FROM ${table} LIMIT 1`)).length === 0) {
    await run(`DROP TABLE ${table} CASCADE`);
    existing = [];
  }
  if (existing.length === 0) {
    const lines = wanted.map(
      ({ name, type, required }) =>
        `${quote(name)} ${type}${required ? " NOT NULL" : ""}${name === "id" ? " PRIMARY KEY" : ""}`,
    );
    await run(`CREATE TABLE ${table} (${lines.join(", ")})`);
    await migrateWords(run, query, collection, model, []);
    return [];
  }
  before.add(collection.name);
  const refused = await alterTable(run, collection, existing, wanted, model);
  if (refused.length === 0) await migrateWords(run, query, collection, model, existing);
  return refused;
}

function columnOf(collection: CollectionModel, name: string, model: Model): Column {
  const field = fieldOf(collection, name);
  return { name, type: declaredType(postgresType(field, model)), required: field.modifiers.presence !== "optional" };
}

async function columnsOf(query: Query, table: string): Promise<Column[]> {
  const rows = await query({
    text: `SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.collname, a.attnotnull FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
           WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    values: [quote(table)],
  });
  return rows.map(([name, type, collation, required]) => {
    const short = String(type).replace("timestamp(3) with time zone", "timestamptz(3)");
    return {
      name: String(name),
      type: collation === "C" && short === "text" ? 'text COLLATE "C"' : short,
      required: required === "t",
    };
  });
}

function fits(existing: readonly Column[], wanted: readonly Column[]): boolean {
  return (
    wanted.every(({ name, type }) => existing.some((column) => column.name === name && column.type === type)) &&
    strangers(existing, wanted).length === 0
  );
}

/** Columns that new records would have to fill, and that are no longer declared. */
function strangers(existing: readonly Column[], wanted: readonly Column[]): readonly Column[] {
  return existing.filter(
    ({ name, required }) => required && name !== wordsColumn && !wanted.some((column) => column.name === name),
  );
}

/** Changes a table that has records; answers what can't be done without losing something. */
async function alterTable(
  run: (text: string) => Promise<unknown[][]>,
  collection: CollectionModel,
  existing: readonly Column[],
  wanted: readonly Column[],
  model: Model,
): Promise<string[]> {
  const table = quote(collection.name);
  const refused = strangers(existing, wanted).map(
    ({ name }) =>
      `${collection.name}.${name} holds data and is no longer declared. Declare it again, or make it optional() first.`,
  );
  for (const column of wanted) {
    const at = `${collection.name}.${column.name}`;
    const known = existing.find(({ name }) => name === column.name);
    const fallback = literalDefault(collection, column.name, model);
    if (known === undefined && column.required && fallback === undefined) {
      refused.push(
        `${at} is new and required, and there are records without it. Give it a default() or make it optional().`,
      );
    } else if (known === undefined) {
      const filled = column.required && fallback !== undefined ? ` NOT NULL DEFAULT ${fallback}` : "";
      await run(`ALTER TABLE ${table} ADD COLUMN ${quote(column.name)} ${column.type}${filled}`);
      if (filled !== "") await run(`ALTER TABLE ${table} ALTER COLUMN ${quote(column.name)} DROP DEFAULT`);
    } else if (known.type !== column.type) {
      refused.push(`${at} was ${known.type} and is now ${column.type}. Declare a new field and move the data.`);
    } else if (known.required && !column.required) {
      await run(`ALTER TABLE ${table} ALTER COLUMN ${quote(column.name)} DROP NOT NULL`);
    } else if (!known.required && column.required) {
      if (fallback !== undefined)
        await run(`UPDATE ${table} SET ${quote(column.name)} = ${fallback} WHERE ${quote(column.name)} IS NULL`);
      const missing = await run(`SELECT 1 FROM ${table} WHERE ${quote(column.name)} IS NULL LIMIT 1`);
      if (missing.length > 0)
        refused.push(
          `${at} is now required, and there are records without it. Fill them first, or give it a default().`,
        );
      else await run(`ALTER TABLE ${table} ALTER COLUMN ${quote(column.name)} SET NOT NULL`);
    }
  }
  return refused;
}

/** A default that is a value, as a literal of SQL. */
function literalDefault(collection: CollectionModel, name: string, model: Model): string | undefined {
  const field = fieldOf(collection, name);
  const given = field.modifiers.default;
  if (given === undefined || typeof given === "function") return undefined;
  const type = postgresType(field, model);
  if (Array.isArray(given) && type !== "jsonb") {
    return `ARRAY[${given.map((item) => literal(item)).join(", ")}]::${type}`;
  }
  return `${literal(encodePostgres(given, type))}::${type}`;
}

function literal(value: unknown): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** Declares the foreign keys: the second lock behind the checks of records, and what cascades there are is done there too. */
async function migrateReferences(
  run: (text: string) => Promise<unknown[][]>,
  query: Query,
  collection: CollectionModel,
): Promise<void> {
  const rows = await query({
    text: "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'f'",
    values: [quote(collection.name)],
  });
  const existing = new Set(rows.map(([name]) => String(name)));
  const wanted = new Map(
    refsOf(collection.declaration).map(({ name, target }) => [
      shortName(`${collection.name}_${name}_ref`, `${collection.name} ${name} ${target}`),
      `FOREIGN KEY (${quote(name)}) REFERENCES ${quote(target)} ("id")`,
    ]),
  );
  // One too many would refuse what the definition allows.
  for (const constraint of existing) {
    if (!wanted.has(constraint))
      await run(`ALTER TABLE ${quote(collection.name)} DROP CONSTRAINT ${quote(constraint)}`);
  }
  for (const [constraint, definition] of wanted) {
    if (!existing.has(constraint))
      await run(`ALTER TABLE ${quote(collection.name)} ADD CONSTRAINT ${quote(constraint)} ${definition}`);
  }
}

/** Keeps the words of the searched fields in a column; its comment says which fields they are. */
async function migrateWords(
  run: (text: string) => Promise<unknown[][]>,
  query: Query,
  collection: CollectionModel,
  model: Model,
  existing: readonly Column[],
): Promise<void> {
  const table = quote(collection.name);
  const has = existing.some(({ name }) => name === wordsColumn);
  if (collection.searched.length === 0) {
    if (has) await run(`ALTER TABLE ${table} DROP COLUMN ${quote(wordsColumn)}`);
    return;
  }
  const wanted = collection.searched.join(",");
  if (has) {
    const [[comment] = []] = await query({
      text: "SELECT col_description(a.attrelid, a.attnum) FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attname = $2",
      values: [table, wordsColumn],
    });
    if (comment === wanted) return;
  } else {
    await run(`ALTER TABLE ${table} ADD COLUMN ${quote(wordsColumn)} tsvector NOT NULL DEFAULT ''`);
  }
  await run(`COMMENT ON COLUMN ${table}.${quote(wordsColumn)} IS ${literal(wanted)}`);
  if (existing.length > 0) await fillWords(query, collection, model);
}

async function fillWords(query: Query, collection: CollectionModel, model: Model): Promise<void> {
  const compiler = createSqlCompiler(model, createPostgresDialect(model));
  const order = [{ field: "id", descending: false }];
  let after: readonly string[] | undefined;
  let rows: Row[];
  do {
    const columns = await query(compiler.select(collection, { where: { kind: "always" }, order, limit: chunk, after }));
    rows = columns.map((one) => compiler.row(collection, one));
    for (const row of rows) {
      await query({
        text: `UPDATE ${quote(collection.name)} SET ${quote(wordsColumn)} = $1 WHERE "id" = $2`,
        values: [wordsText(collection, row), row["id"]],
      });
    }
    after = rows.length === 0 ? undefined : [String(rows.at(-1)?.["id"])];
  } while (rows.length === chunk);
}
