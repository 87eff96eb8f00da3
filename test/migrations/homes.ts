import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Engine } from "../../src/database/engine.ts";
import type { Migrator } from "../../src/database/migration/migrator.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { createPostgresMigrator } from "../../src/database/postgres/postgres-migrator.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { createSqliteMigrator } from "../../src/database/sqlite/sqlite-migrator.ts";
import type { Model } from "../../src/schema/model.ts";
import { findPostgres } from "../contract/postgres-server.ts";
import { runOn } from "../postgres/fresh-database.ts";

/** A database for migrations, and what else happens to it. */
export interface Home {
  readonly open: (model: Model) => Engine;
  readonly migrator: () => Migrator;
  /** Runs SQL on it, as another program would; answers the rows of a query. */
  readonly run: (sql: string) => Promise<Record<string, unknown>[]>;
  /** An empty database in its place. */
  readonly empty: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A file of SQLite's. */
export async function sqliteHome(): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), "galley-migrations-"));
  const path = join(folder, "data.db");
  const remove = (): Promise<void> => rm(folder, { recursive: true });
  return {
    open: (model) => createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 5000 }),
    migrator: () => createSqliteMigrator(path),
    async run(sql) {
      const database = new DatabaseSync(path);
      try {
        if (!sql.startsWith("SELECT")) database.exec(sql);
        return sql.startsWith("SELECT") ? database.prepare(sql).all() : [];
      } finally {
        database.close();
      }
    },
    async empty() {
      for (const end of ["", "-wal", "-shm"]) await rm(`${path}${end}`, { force: true });
    },
    remove,
  };
}

/** A schema of its own on a server: cheaper than a database, and as far apart. */
export async function postgresHome(): Promise<Home> {
  const server = await findPostgres();
  const schema = `galley_test_${randomBytes(8).toString("hex")}`;
  const own = new URL(server);
  own.searchParams.set("options", `-c search_path=${schema}`);
  const options = { url: own.href, poolSize: 2, statementTime: 30_000 };
  await runOn(server, `CREATE SCHEMA ${schema}`);
  return {
    open: (model) => createPostgresEngine(model, { ...options, transactionTime: 5000 }),
    migrator: () => createPostgresMigrator(options),
    run: (sql) => runOn(own.href, sql),
    empty: async () => void (await runOn(server, `DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA ${schema}`)),
    remove: async () => void (await runOn(server, `DROP SCHEMA ${schema} CASCADE`)),
  };
}

/** Uses something that has to be closed. */
export async function using<T extends { close(): Promise<void> }, R>(
  made: T,
  work: (made: T) => Promise<R>,
): Promise<R> {
  try {
    return await work(made);
  } finally {
    await made.close();
  }
}
