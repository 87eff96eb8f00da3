import { existsSync } from "node:fs";
import { link, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isBusy, openConnection } from "../database/sqlite/sqlite-connection.ts";
import type { Manifest } from "./manifest.ts";
import { openBackup, type OpenBackupOptions } from "./open-backup.ts";
import { asideOf, placeFiles, refuseTaken } from "./files.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import { syncFolder } from "./sync-folder.ts";

/** What is restored, and where to. */
export interface RestoreOptions extends Omit<OpenBackupOptions, "beside" | "files"> {
  /** The file of the database. */
  readonly database: string;
  /** The folder of the application's files. */
  readonly files: string;
  /** Whether a database and files that are there may be put aside. */
  readonly force: boolean;
}

/** What became of a restore. */
export interface Restored {
  readonly manifest: Manifest;
  /** Where the database and the files are now that were there before. */
  readonly aside: readonly string[];
}

/**
 * Puts the database of a backup in its place, once all of it was found to be sound. The one that was there before is kept under
 * another name.
 *
 * @throws Error when the backup is not sound, a database is there or is in use
 */
export async function restoreSqlite({ database, files, force, ...backup }: RestoreOptions): Promise<Restored> {
  // A file that isn't there is told below, and first of all: --force or a server that is stopped is no answer to it.
  if (existsSync(backup.file)) {
    if (existsSync(database) && !force)
      throw new Error(
        `There is a database ${database} already. With --force it is put aside, and the backup takes its place.`,
      );
    // Asked before the work is done, and again after it.
    holdAlone(database);
  }
  // Beside their place, which may be on another disk than the database.
  return withScratchFolder(dirname(files), (folder) => {
    const unpacked = join(folder, "files");
    const where = { ...backup, files: unpacked, beside: dirname(database) };
    return openBackup(where, async (restored, manifest) => {
      holdAlone(database);
      if (!force)
        refuseTaken(files, manifest, "With --force they are put aside, and those of the backup take their place.");
      const filesAside = await placeFiles(unpacked, files);
      const aside = await putAside(database);
      await rename(restored, database);
      await syncFolder(dirname(database));
      return { manifest, aside: [aside, filesAside].filter((one) => one !== undefined) };
    });
  });
}

/** Makes sure that no other program has the database open, and folds its log into the file. */
function holdAlone(database: string): void {
  if (!existsSync(database)) return;
  try {
    openConnection({ path: database, readOnly: false, alone: true }).close();
  } catch (error) {
    // What can't be opened at all is the reason why somebody restores.
    if (error instanceof Error && isBusy(error.cause)) throw error;
  }
}

/** Gives the old database another name. The old name stays, until the new one takes it: at no time is there none. */
async function putAside(database: string): Promise<string | undefined> {
  if (!existsSync(database)) return undefined;
  const aside = asideOf(database);
  // A log is left only beside a file that can't be opened; the new one must not be given it.
  for (const end of ["-wal", "-shm"]) if (existsSync(database + end)) await rename(database + end, aside + end);
  // Some disks know no second name for a file.
  await link(database, aside).catch(() => rename(database, aside));
  return aside;
}
