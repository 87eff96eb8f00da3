import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { backUpSqlite } from "../backup/back-up-sqlite.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { print } from "./print.ts";
import { readPassphrase } from "./read-passphrase.ts";
import { countText, sizeText } from "./quantity-text.ts";
import { version } from "./version.ts";

/** Options of `galley backup`. */
export interface BackupOptions {
  readonly encrypt?: boolean;
  readonly passphraseFile?: string;
}

/** `galley backup`: all data in one file, as of one moment, while a server goes on writing. */
export function backup(given: string | undefined, options: BackupOptions): Promise<void> {
  return print(async () => {
    const { database, dataFolder, backupPassphrase } = readConfiguration(process.env, {
      file: readEnvironmentFile(".env"),
    });
    const passphrase = readPassphrase(options.passphraseFile, backupPassphrase);
    if (options.encrypt === true && passphrase === undefined)
      throw new Error(
        "There is no passphrase to encrypt with: set GALLEY_BACKUP_PASSPHRASE, or name a --passphrase-file.",
      );
    if (database.engine === "postgres")
      throw new Error("galley backup is for SQLite. A PostgreSQL server has its own: pg_dump, and pg_restore.");
    if (!existsSync(database.file))
      throw new Error(`There is no database ${database.file}. DATABASE_URL or GALLEY_DATA name another.`);
    const file = fileOf(given ?? join(dataFolder, "backups"), given === undefined, passphrase !== undefined);
    const about = await backUpSqlite({ database: database.file, file, passphrase, version });
    const manner = passphrase === undefined ? "not encrypted" : "encrypted";
    return `Written: ${file} (${sizeText(statSync(file).size)}, ${countText(about.records)}, ${manner})\nIt has everything that was acknowledged before ${about.at}.`;
  });
}

/** What was given, or a name by the time in a folder. */
function fileOf(given: string, isFolder: boolean, encrypted: boolean): string {
  const path = resolve(given);
  if (!isFolder && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return join(path, `${time}.${encrypted ? "galley" : "tar.gz"}`);
}
