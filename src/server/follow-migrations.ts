import { existsSync } from "node:fs";
import type { Logger } from "../kit/logger.ts";
import type { Model } from "../schema/model.ts";
import { migrationsOf, migrationsFolder } from "./open-migrations.ts";
import type { Configuration } from "./settings.ts";

/**
 * Does with the migrations beside a definition what the configuration says, before the database is used. Where there are none, a
 * start does what loses nothing by itself.
 *
 * @param file absolute path of the definition's module
 * @throws Error with one line for each thing that keeps the database from being used
 */
export async function followMigrations(
  file: string,
  model: Model,
  { migrate, database }: Configuration,
  log: Logger,
): Promise<void> {
  if (!existsSync(migrationsFolder(file)) && (migrate ?? "safe") === "safe") return;
  const migrations = migrationsOf(file, model, database);
  try {
    const manner = migrate ?? (migrations.files().length > 0 ? "check" : "safe");
    if (manner !== "check") {
      for (const { name, outcome } of await migrations.apply())
        log.info({ migration: name }, outcome === "run" ? "A migration was applied" : "A migration was there already");
    }
    const lines = manner === "safe" ? [] : await migrations.obstacles();
    if (lines.length === 0) return;
    const list = lines.map((line) => `  - ${line}`).join("\n");
    // What is pending says itself what to do; what no file does yet has to be written first.
    const advice = lines.some((line) => line.includes("galley migrate"))
      ? ""
      : "\ngalley migrate new NAME writes what is missing as a file, and galley migrate apply does it.";
    throw new Error(`The database is not where the definition wants it:\n${list}${advice}`);
  } finally {
    await migrations.close();
  }
}
