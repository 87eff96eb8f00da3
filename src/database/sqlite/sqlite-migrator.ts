import { rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { judgeFile, statementError } from "../migration/judge-file.ts";
import { checksumOf, type MigrationFile } from "../migration/migration-file.ts";
import type { AppliedMigration, Look, Migrator, Outcome } from "../migration/migrator.ts";
import type { Schema } from "../migration/schema.ts";
import type { Statement } from "../migration/sql-statements.ts";
import { sqliteChapters } from "./sqlite-chapters.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { holds, prepareSqlite, sqliteConversions } from "./sqlite-migration.ts";
import { createSqliteRunner } from "./sqlite-runner.ts";
import { readSqlite, wantedSqlite } from "./sqlite-schema.ts";
import { inSchemaTransaction } from "./sqlite-transaction.ts";

const createApplied = `CREATE TABLE IF NOT EXISTS "_migrations" ("name" TEXT PRIMARY KEY, "checksum" TEXT NOT NULL, "at" TEXT NOT NULL, "done" INT NOT NULL, "schema" TEXT NOT NULL) STRICT`;

/** Opens a file for migrations. @throws Error when it can't be opened */
export function createSqliteMigrator(path: string): Migrator {
  const connection = openConnection({ path, readOnly: false });
  return {
    engine: "sqlite",
    conversions: sqliteConversions,
    wanted: wantedSqlite,
    chapters: sqliteChapters,
    look: () => Promise.resolve(look(connection)),
    holds: (needs) => Promise.resolve(holds(connection, needs)),
    apply: async (file) => apply(connection, file),
    async rehearse(work) {
      // Beside the file, where there is room for data of this kind and nobody else reads it.
      const copy = `${path}.rehearsal-${process.pid}`;
      try {
        const source = new DatabaseSync(path, { readOnly: true });
        try {
          await backup(source, copy);
        } finally {
          source.close();
        }
        const migrator = createSqliteMigrator(copy);
        try {
          return await work(migrator);
        } finally {
          await migrator.close();
        }
      } finally {
        for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${copy}${end}`, { force: true });
      }
    },
    close: async () => connection.close(),
  };
}

function look(connection: Connection): Look {
  const known = connection.first({ text: "SELECT 1 FROM sqlite_master WHERE name = '_migrations'", values: [] });
  const rows =
    known === undefined
      ? []
      : connection.all({
          text: `SELECT "name", "checksum", "at", "done", "schema" FROM "_migrations" ORDER BY "name"`,
          values: [],
        });
  const applied = rows.map(([name, checksum, at, done, schema]): AppliedMigration => ({
    name: String(name),
    checksum: String(checksum),
    at: String(at),
    done: done === 1,
    // Written below.
    schema: JSON.parse(String(schema)) as Schema,
  }));
  return { ...readSqlite(connection), applied };
}

function apply(connection: Connection, file: MigrationFile): Outcome {
  const run = createSqliteRunner(connection);
  const all = (statements: readonly Statement[]): void => {
    for (const { text, line } of statements) {
      try {
        run(text);
      } catch (error) {
        throw statementError(file.name, line, error);
      }
      if (!connection.inTransaction && statements === file.statements)
        throw new Error(`${file.name}, line ${line}: the statement has ended the transaction; nothing was stored.`);
    }
  };
  const verdict = inSchemaTransaction(connection, () => {
    prepareSqlite(connection);
    connection.execute(createApplied);
    const judged = judgeFile(file, look(connection));
    if (judged === "run") all(file.statements);
    if (judged === "run" || judged === "found")
      remember(connection, file, judged === "found" || file.later.length === 0);
    return judged;
  });
  if (verdict === "resume" || (verdict === "run" && file.later.length > 0)) {
    all(file.later);
    remember(connection, file, true);
  }
  return verdict === "found" ? "found" : "run";
}

function remember(connection: Connection, file: MigrationFile, done: boolean): void {
  const schema = JSON.stringify(readSqlite(connection).schema);
  connection.run({
    text: `INSERT INTO "_migrations" ("name", "checksum", "at", "done", "schema") VALUES (?, ?, ?, ?, ?)
           ON CONFLICT ("name") DO UPDATE SET "checksum" = excluded."checksum", "done" = excluded."done", "schema" = excluded."schema"`,
    values: [file.name, checksumOf(file, done), new Date().toISOString(), Number(done), schema],
  });
}
