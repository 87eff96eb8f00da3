import { existsSync } from "node:fs";
import { link, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { isBusy, openConnection } from "../database/sqlite/sqlite-connection.ts";
import type { Manifest } from "./manifest.ts";
import { openBackup, type OpenBackupOptions } from "./open-backup.ts";
import { syncFolder } from "./sync-folder.ts";

/** What is restored, and where to. */
export interface RestoreOptions extends Omit<OpenBackupOptions, "beside"> {
  /** The file of the database. */
  readonly database: string;
  /** Whether a database that is there may be put aside. */
  readonly force: boolean;
}

/** What became of a restore. */
export interface Restored {
  readonly manifest: Manifest;
  /** Where the database is now that was there before; undefined when there was none. */
  readonly aside: string | undefined;
}

/**
 * Puts the database of a backup in its place, once all of it was found to be sound. The one that was there before is kept under
 * another name.
 *
 * @throws Error when the backup is not sound, a database is there or is in use
 */
export async function restoreSqlite({ database, force, ...backup }: RestoreOptions): Promise<Restored> {
  // A file that isn't there is told below, and first of all: --force or a server that is stopped is no answer to it.
  if (existsSync(backup.file)) {
    if (existsSync(database) && !force)
      throw new Error(
        `There is a database ${database} already. With --force it is put aside, and the backup takes its place.`,
      );
    // Asked before the work is done, and again after it.
    holdAlone(database);
  }
  return openBackup({ ...backup, beside: dirname(database) }, async (restored, manifest) => {
    holdAlone(database);
    const aside = await putAside(database);
    await rename(restored, database);
    await syncFolder(dirname(database));
    return { manifest, aside };
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
  const aside = `${database}.before-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  // A log is left only beside a file that can't be opened; the new one must not be given it.
  for (const end of ["-wal", "-shm"]) if (existsSync(database + end)) await rename(database + end, aside + end);
  // Some disks know no second name for a file.
  await link(database, aside).catch(() => rename(database, aside));
  return aside;
}
