import { createWriteStream, existsSync } from "node:fs";
import { link, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkSqlite, countSqlite } from "../database/sqlite/sqlite-check.ts";
import { isBusy, openConnection } from "../database/sqlite/sqlite-connection.ts";
import { readArchive } from "./archive.ts";
import { databasePart } from "./back-up-sqlite.ts";
import type { Manifest } from "./manifest.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import { syncFolder } from "./sync-folder.ts";

/** What is restored, and where to. */
export interface RestoreOptions {
  /** The file of the backup. */
  readonly file: string;
  /** The file of the database. */
  readonly database: string;
  readonly passphrase: string | undefined;
  /** Whether a database that is there may be put aside. */
  readonly force: boolean;
}

/** What became of a restore. */
export interface Restored {
  readonly manifest: Manifest;
  /** Where the database is now that was there before; undefined when there was none. */
  readonly aside: string | undefined;
}

/** Reads a backup and tries its database, and touches nothing. @throws Error in one line when it is not sound */
export function verifyBackup({ file, database, passphrase }: Omit<RestoreOptions, "force">): Promise<Manifest> {
  const folder = dirname(database);
  return withScratchFolder(existsSync(folder) ? folder : tmpdir(), (scratch) => takeOut(file, passphrase, scratch));
}

/**
 * Puts the database of a backup in its place, once all of it was found to be sound. The one that was there before is kept under
 * another name.
 *
 * @throws Error when the backup is not sound, a database is there or is in use
 */
export async function restoreSqlite({ file, database, passphrase, force }: RestoreOptions): Promise<Restored> {
  if (existsSync(database) && !force)
    throw new Error(
      `There is a database ${database} already. With --force it is put aside, and the backup takes its place.`,
    );
  // Asked before the work is done, and again after it.
  holdAlone(database);
  return withScratchFolder(dirname(database), async (scratch) => {
    const manifest = await takeOut(file, passphrase, scratch);
    holdAlone(database);
    const aside = await putAside(database);
    await rename(join(scratch, databasePart), database);
    await syncFolder(dirname(database));
    return { manifest, aside };
  });
}

async function takeOut(file: string, passphrase: string | undefined, folder: string): Promise<Manifest> {
  const path = join(folder, databasePart);
  const manifest = await readArchive(file, passphrase, async ({ name, content }) => {
    if (name !== databasePart) throw new Error(`it holds ${name}, of which this version of Galley knows nothing`);
    await pipeline(Readable.from(content), createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
  });
  if (!existsSync(path)) throw new Error(`The backup ${file} can't be used: it holds no database.`);
  const { damage, dangling } = checkSqlite(path);
  const [wrong] = [...damage, ...dangling];
  if (wrong !== undefined) throw new Error(`The backup ${file} can't be used: its database is damaged: ${wrong}.`);
  const counts = countSqlite(path);
  for (const [name, count] of Object.entries(manifest.records)) {
    if (counts[name] !== count)
      throw new Error(
        `The backup ${file} can't be used: ${name} has ${String(counts[name])} records, and its manifest says ${count}.`,
      );
  }
  return manifest;
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
