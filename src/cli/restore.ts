import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { placeFiles, refuseTaken } from "../backup/files.ts";
import type { Manifest } from "../backup/manifest.ts";
import { openBackup, type OpenBackupOptions } from "../backup/open-backup.ts";
import { restoreSqlite } from "../backup/restore-sqlite.ts";
import { withScratchFolder } from "../backup/scratch-folder.ts";
import type { ShowProgress } from "../kit/progress.ts";
import { assemble } from "../operations/assemble.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import type { PostgresLocation } from "../server/settings.ts";
import { countText } from "./count-text.ts";
import { filesFolder } from "./files-folder.ts";
import { endWhenInterrupted } from "./end-when-interrupted.ts";
import { moveBetween } from "./move-between.ts";
import { print } from "./print.ts";
import { readPassphrase } from "./read-passphrase.ts";
import { showOnTerminal } from "./show-on-terminal.ts";
import { whereOf } from "./where-of.ts";

/** Options of `galley restore`. */
export interface RestoreOptions {
  /** The module whose default export is the definition; a file of SQLite's is put in place without. */
  readonly file: string;
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly passphraseFile?: string;
}

/** `galley restore`: puts the data of a backup in place, once all of it was found to be sound. */
export function restore(given: string, options: RestoreOptions): Promise<void> {
  return print(async () => {
    const { database, dataFolder, backupPassphrase } = readConfiguration(process.env, {
      file: readEnvironmentFile(".env"),
    });
    const passphrase = readPassphrase(options.passphraseFile, backupPassphrase);
    const show = showOnTerminal(process.stderr);
    const file = resolve(given);
    if (options.verify === true) {
      const folder = database.engine === "sqlite" ? dirname(database.file) : dataFolder;
      const beside = existsSync(folder) ? folder : tmpdir();
      const told = await openBackup({ file, passphrase, show, beside }, async (_, manifest) => manifest);
      return `Sound: ${file} (${told.at}, Galley ${told.galley}, ${contentText(told)})`;
    }
    if (database.engine === "postgres") {
      if (options.force === true)
        throw new Error(
          "--force is for SQLite. A PostgreSQL database is filled while it is empty: create one, and set DATABASE_URL to it.",
        );
      const backup = { file, passphrase, show, beside: dataFolder, place: filesFolder(dataFolder) };
      return restored(whereOf({ database }), await restorePostgres(backup, database, resolve(options.file)));
    }
    const { manifest, aside } = await restoreSqlite({
      file,
      passphrase,
      show,
      database: database.file,
      files: filesFolder(dataFolder),
      force: options.force === true,
    });
    const lines = [restored(database.file, manifest)];
    for (const one of aside) lines.push(`What was there before is ${one}; remove it when you need it no longer.`);
    return lines.join("\n");
  });
}

/** Moves the database of a backup into an empty one. What was interrupted goes on where it was. */
async function restorePostgres(
  { place, ...backup }: OpenBackupOptions & { readonly show: ShowProgress; readonly place: string },
  to: PostgresLocation,
  definition: string,
): Promise<Manifest> {
  endWhenInterrupted(
    "Run the same command again, and it goes on from here. Until then nothing else can use the database.",
  );
  const assembly = assemble(await loadBackend(definition));
  return withScratchFolder(dirname(place), (folder) => {
    const unpacked = join(folder, "files");
    return openBackup({ ...backup, files: unpacked }, async (file, manifest) => {
      refuseTaken(place, manifest, "Move them elsewhere first.");
      await moveBetween({ assembly, from: { engine: "sqlite", file }, to, show: backup.show });
      await placeFiles(unpacked, place);
      return manifest;
    });
  });
}

function restored(where: string, manifest: Manifest): string {
  return `Restored: ${where}, as of ${manifest.at} (${contentText(manifest)})`;
}

function contentText({ records, files }: Manifest): string {
  const counted = files === 1 ? "1 file" : `${files?.toLocaleString("en")} files`;
  return files === undefined ? countText(records) : `${countText(records)}, ${counted}`;
}
