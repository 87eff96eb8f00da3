import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EngineName, type MigrationFile, readMigration } from "./migration-file.ts";

const fileName = /^\d{14}_[a-z0-9][a-z0-9_-]*\.sql$/;
/** What a name may be made of, and how long it may be. */
const sane = /^[a-z0-9][a-z0-9_-]{0,60}$/;

/**
 * Reads the migrations of a folder that are for an engine, in the order in which they are applied: that of their names.
 *
 * @throws Error with the name of a file that can't be understood
 */
export function readMigrations(folder: string, engine: EngineName): MigrationFile[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  const strange = names.find((name) => !fileName.test(name));
  if (strange !== undefined)
    throw new Error(`${join(folder, strange)}: the name must be like 20260301120000_add_rating.sql, in lower case.`);
  return names
    .toSorted()
    .map((name) => readMigration(name, readFileSync(join(folder, name), "utf8")))
    .filter((file) => file.engine === undefined || file.engine === engine);
}

/**
 * Names a new file: the time in UTC, and after the last one of the folder whatever the clock says.
 *
 * @throws Error when the name can't be one
 */
export function nameMigration(name: string, last: string | undefined, now: number): string {
  if (!sane.test(name))
    throw new Error(`The name "${name}" must be at most 61 lower case letters, digits, "-" and "_": add_rating.`);
  const time = new Date(now).toISOString().replaceAll(/[-:T]|\..*$/g, "");
  const next = last === undefined ? "" : String(BigInt(last.slice(0, 14)) + 1n);
  return `${time > next ? time : next}_${name}.sql`;
}

/** Writes a new file, and the folder where there is none. */
export function saveMigration(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text, { flag: "wx" });
}
