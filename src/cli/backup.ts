import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { backUpSqlite } from "../backup/back-up-sqlite.ts";
import { writeBackup, type WriteBackupOptions, type Written } from "../backup/write-backup.ts";
import { sizeText } from "../kit/size-text.ts";
import { assemble } from "../operations/assemble.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import type { PostgresLocation } from "../server/settings.ts";
import { countText } from "./count-text.ts";
import { filesFolder } from "./files-folder.ts";
import { moveBetween } from "./move-between.ts";
import { print } from "./print.ts";
import { readPassphrase } from "./read-passphrase.ts";
import { showOnTerminal } from "./show-on-terminal.ts";
import { version } from "./version.ts";
import { whereOf } from "./where-of.ts";

/** Options of `galley backup`. */
export interface BackupOptions {
  /** The module whose default export is the definition; a file of SQLite's is copied without. */
  readonly file: string;
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
    if (database.engine === "sqlite" && !existsSync(database.file))
      throw new Error(`There is no database ${database.file}. DATABASE_URL or GALLEY_DATA name another.`);
    const file = fileOf(given ?? join(dataFolder, "backups"), given === undefined, passphrase !== undefined);
    const how = { file, passphrase, version, files: filesFolder(dataFolder), show: showOnTerminal(process.stderr) };
    const { records, at, left, undeclared } =
      database.engine === "sqlite"
        ? { ...(await backUpSqlite({ ...how, database: database.file })), undeclared: [] }
        : await backUpPostgres(database, dataFolder, resolve(options.file), how);
    const manner = passphrase === undefined ? "not encrypted" : "encrypted";
    return [
      `Written: ${file} (${sizeText(statSync(file).size)}, ${countText(records)}, ${manner})`,
      `It has everything that was acknowledged before ${at}.`,
      ...(undeclared.length === 0 ? [] : [`Not declared, and so not in it: ${undeclared.join(", ")}`]),
      ...(left.length === 0 ? [] : [`No plain files, and so not in it: ${leftText(left)}`]),
    ].join("\n");
  });
}

/** Moves a database into a file of SQLite's, and backs that up: one kind of backup, whatever the data was in. */
async function backUpPostgres(
  from: PostgresLocation,
  dataFolder: string,
  definition: string,
  how: WriteBackupOptions & Pick<Parameters<typeof moveBetween>[0], "show">,
): Promise<Written & { readonly undeclared: readonly string[] }> {
  const assembly = assemble(await loadBackend(definition));
  let undeclared: readonly string[] = [];
  const source = {
    engine: "postgres",
    name: whereOf({ database: from }),
    beside: dataFolder,
    async copyTo(file: string) {
      const to = { engine: "sqlite", file } as const;
      ({ left: undeclared } = await moveBetween({ assembly, from, to, show: how.show, sourceGoesOn: true }));
    },
  } as const;
  return { ...(await writeBackup(source, how)), undeclared };
}

/** What was given, or a name by the time in a folder. */
function fileOf(given: string, isFolder: boolean, encrypted: boolean): string {
  const path = resolve(given);
  if (!isFolder && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return join(path, `${time}.${encrypted ? "galley" : "tar.gz"}`);
}

function leftText(left: readonly string[]): string {
  const shown = left.slice(0, 10).join(", ");
  return left.length > 10 ? `${shown} and ${left.length - 10} more` : shown;
}
