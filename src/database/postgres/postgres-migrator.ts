import { randomBytes } from "node:crypto";
import { judgeFile, statementError, type Verdict } from "../migration/judge-file.ts";
import { checksumOf, type MigrationFile } from "../migration/migration-file.ts";
import type { AppliedMigration, Look, Migrator } from "../migration/migrator.ts";
import type { Schema } from "../migration/schema.ts";
import type { Statement } from "../migration/sql-statements.ts";
import { quote } from "../sql/sql-dialect.ts";
import { postgresChapters } from "./postgres-chapters.ts";
import type { PostgresOptions } from "./postgres-configuration.ts";
import { createConnections, type Query } from "./postgres-connections.ts";
import { copySchema } from "./postgres-copy.ts";
import { holds, postgresConversions, preparePostgres } from "./postgres-migration.ts";
import { runStatement } from "./postgres-runner.ts";
import { readPostgres, wantedPostgres } from "./postgres-schema.ts";
import { inTransaction, type SchemaSession, withSchemaSession } from "./postgres-session.ts";
import { startError } from "./postgres-start-error.ts";
import { decodePostgres } from "./postgres-types.ts";

const createApplied = `CREATE TABLE IF NOT EXISTS "_migrations" ("name" text PRIMARY KEY, "checksum" text NOT NULL, "at" timestamptz(3) NOT NULL DEFAULT clock_timestamp(), "done" boolean NOT NULL, "schema" jsonb NOT NULL)`;

/** What is the same for a database and for a copy of it. */
type Common = Pick<Migrator, "engine" | "conversions" | "wanted" | "chapters">;

const common: Common = {
  engine: "postgres",
  conversions: postgresConversions,
  wanted: wantedPostgres,
  chapters: postgresChapters,
};

/** Connects to a database for migrations, when the first thing is asked of it. */
export function createPostgresMigrator(options: PostgresOptions): Migrator {
  const connections = createConnections(options);
  async function inSession<T>(work: (session: SchemaSession) => Promise<T>): Promise<T> {
    try {
      return await withSchemaSession(connections, work);
    } catch (error) {
      throw startError(error, options.url);
    }
  }
  return {
    ...common,
    look: () => inSession(({ query }) => look(query)),
    holds: (needs) => inSession(({ query }) => holds(query, needs)),
    apply: (file) =>
      inSession(async (session) => {
        await session.lock();
        const outcome = await inTransaction(session, () => begin(session, file));
        if (outcome !== "nothing" && outcome !== "found") await finish(session, file);
        return outcome === "found" ? "found" : "run";
      }),
    rehearse: (work) => inSession((session) => rehearse(session, work)),
    close: () => connections.close(),
  };
}

async function isThere(query: Query, table: string): Promise<boolean> {
  const [[found] = []] = await query({ text: "SELECT to_regclass($1)", values: [quote(table)] });
  return found !== null;
}

async function look(query: Query): Promise<Look> {
  const rows = !(await isThere(query, "_migrations"))
    ? []
    : await query({
        text: `SELECT "name", "checksum", "at", "done", "schema" FROM "_migrations" ORDER BY "name" COLLATE "C"`,
        values: [],
      });
  const applied = rows.map(([name, checksum, at, done, schema]): AppliedMigration => ({
    name: String(name),
    checksum: String(checksum),
    at: decodePostgres(at, "timestamptz") as string,
    done: done === "t",
    // Written below.
    schema: JSON.parse(String(schema)) as Schema,
  }));
  return { ...(await readPostgres(query)), applied };
}

/** Does the transaction of a file, and answers what was made of it. */
async function begin(session: SchemaSession, file: MigrationFile): Promise<Verdict> {
  const { query, run } = session;
  await preparePostgres(session);
  if (!(await isThere(query, "_migrations"))) await run(createApplied);
  const verdict = judgeFile(file, await look(query));
  if (verdict === "run") {
    const [[path] = []] = await run("SELECT current_setting('search_path')");
    await runAll(query, file, file.statements);
    // What is remembered is remembered where everything else is, wherever the file has gone.
    await query({ text: "SELECT set_config('search_path', $1, true)", values: [path] });
  }
  if (verdict === "run" || verdict === "found")
    await remember(query, file, verdict === "found" || file.later.length === 0);
  return verdict;
}

/** Does what comes after the transaction of a file. */
async function finish({ query }: SchemaSession, file: MigrationFile, isCopy = false): Promise<void> {
  if (file.later.length === 0) return;
  try {
    // On a copy nobody else reads or writes, and there is only one transaction.
    const plain = ({ text, line }: Statement): Statement => ({ text: text.replace(/\bCONCURRENTLY\b/i, ""), line });
    await runAll(query, file, isCopy ? file.later.map(plain) : file.later);
  } catch (error) {
    if (isCopy) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const rest = "What comes before was done; once this is put right, galley migrate apply goes on with the rest.";
    throw new Error(`${reason}\n${rest}`, { cause: error });
  }
  await remember(query, file, true);
}

async function runAll(query: Query, file: MigrationFile, statements: readonly Statement[]): Promise<void> {
  for (const { text, line } of statements) {
    try {
      await runStatement(query, text);
    } catch (error) {
      throw statementError(file.name, line, error);
    }
  }
}

async function remember(query: Query, file: MigrationFile, done: boolean): Promise<void> {
  const { schema } = await readPostgres(query);
  await query({
    text: `INSERT INTO "_migrations" ("name", "checksum", "done", "schema") VALUES ($1, $2, $3::boolean, $4::jsonb)
           ON CONFLICT ("name") DO UPDATE SET "checksum" = excluded."checksum", "done" = excluded."done", "schema" = excluded."schema"`,
    values: [file.name, checksumOf(file, done), done, JSON.stringify(schema)],
  });
}

/**
 * Works on a copy of all tables, in a schema of its own and in a transaction that is rolled back: nothing of it is ever seen, and
 * the tables themselves are only read. To try the files on those, and roll that back, would lock them for as long as it takes.
 */
function rehearse<T>(session: SchemaSession, work: (copy: Migrator) => Promise<T>): Promise<T> {
  const { query } = session;
  const rehearsal = async (): Promise<T> => {
    await copySchema(session, `galley_rehearsal_${randomBytes(6).toString("hex")}`);
    return work({
      ...common,
      look: () => look(query),
      holds: (needs) => holds(query, needs),
      async apply(file) {
        const verdict = await begin(session, file);
        if (verdict !== "nothing" && verdict !== "found") await finish(session, file, true);
        return verdict === "found" ? "found" : "run";
      },
      rehearse: () => Promise.reject(new Error("This is a copy already.")),
      close: () => Promise.resolve(),
    });
  };
  return inTransaction(session, rehearsal, { begin: "BEGIN ISOLATION LEVEL REPEATABLE READ", end: "ROLLBACK" });
}
