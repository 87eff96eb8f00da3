import { dirname, join } from "node:path";
import type { Migrator } from "../database/migration/migrator.ts";
import { createMigrations, definitionLines, type Migrations } from "../database/migration/migrations.ts";
import { createPostgresMigrator } from "../database/postgres/postgres-migrator.ts";
import { createSqliteMigrator } from "../database/sqlite/sqlite-migrator.ts";
import { systemClock } from "../kit/clock.ts";
import { assemble } from "../operations/assemble.ts";
import type { Model } from "../schema/model.ts";
import { checkFolder } from "./check-folder.ts";
import { loadBackend } from "./load-backend.ts";
import type { DatabaseLocation } from "./settings.ts";

/** The migrations of a definition on a database, until they are closed. */
export interface OpenMigrations extends Migrations {
  /** The folder of the files: `migrations` beside the definition. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * Opens the migrations of a definition.
 *
 * @param file absolute path of the module whose default export is the definition
 * @throws Error when the definition or the database can't be used
 */
export async function openMigrations(file: string, database: DatabaseLocation): Promise<OpenMigrations> {
  return migrationsOf(file, assemble(await loadBackend(file)).model, database);
}

/** The same for a definition that has been loaded. */
export function migrationsOf(file: string, model: Model, database: DatabaseLocation): OpenMigrations {
  const folder = migrationsFolder(file);
  const migrator = openMigrator(database);
  return {
    ...createMigrations({ migrator, model, folder, clock: systemClock }),
    folder,
    close: () => migrator.close(),
  };
}

/** What a database lacks of a definition, or has against it, in one line each; files of migrations are not asked. */
export async function schemaDifferences(model: Model, database: DatabaseLocation): Promise<string[]> {
  const migrator = openMigrator(database);
  try {
    return definitionLines(migrator, model, await migrator.look());
  } finally {
    await migrator.close();
  }
}

/** The folder of the migrations of a definition. */
export function migrationsFolder(file: string): string {
  return join(dirname(file), "migrations");
}

function openMigrator(database: DatabaseLocation): Migrator {
  if (database.engine === "postgres")
    return createPostgresMigrator({ url: database.url, poolSize: 1, statementTime: 30_000 });
  checkFolder(dirname(database.file));
  return createSqliteMigrator(database.file);
}
