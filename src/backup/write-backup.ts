import { createReadStream, existsSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkSqlite, countSqlite } from "../database/sqlite/sqlite-check.ts";
import { type ShowProgress, showNothing } from "../kit/progress.ts";
import { sizeText } from "../kit/size-text.ts";
import { writeArchive } from "./archive.ts";
import { counted } from "./counted.ts";
import type { About } from "./manifest.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import { syncFolder } from "./sync-folder.ts";
import type { Entry } from "./tar.ts";

/** How a backup is written, whatever it is of. */
export interface WriteBackupOptions {
  /** The file of the backup, which must not be there. */
  readonly file: string;
  readonly passphrase: string | undefined;
  /** The version of Galley. */
  readonly version: string;
  readonly show?: ShowProgress | undefined;
}

/** What is backed up. */
export interface BackupSource {
  readonly engine: About["engine"];
  /** What people know the database by. */
  readonly name: string;
  /** The folder that the copy is made in. */
  readonly beside: string;
  /** Writes all of the database, as of one moment, to a file of SQLite's. */
  readonly copyTo: (path: string) => Promise<void>;
}

/** Name of the database in the archive. Files of an application, when there are such, go beside it, below `files/`. */
export const databasePart = "database.sqlite";

/**
 * Writes a backup of a database. The file is there as soon as it is whole, and not before.
 *
 * @throws Error when the database is damaged: a backup that can't be restored is none
 */
export async function writeBackup(
  { engine, name, beside, copyTo }: BackupSource,
  { file, passphrase, version, show = showNothing }: WriteBackupOptions,
): Promise<About> {
  if (existsSync(file)) throw new Error(`${file} is there already; name another file.`);
  return withScratchFolder(beside, async (besideDatabase) => {
    const copy = join(besideDatabase, databasePart);
    const at = new Date().toISOString();
    await copyTo(copy);
    const checking = show("checking");
    const { damage, dangling } = checkSqlite(copy);
    const [wrong] = [...damage, ...dangling];
    if (wrong !== undefined)
      throw new Error(`The database ${name} is damaged, and was not backed up: ${wrong}. See galley doctor.`);
    const about: About = { galley: version, at, engine, records: countSqlite(copy) };
    checking.end();
    await withScratchFolder(dirname(file), async (besideFile) => {
      const whole = join(besideFile, "backup");
      await writeArchive(whole, partsOf(copy, show), () => about, passphrase);
      await rename(whole, file);
      await syncFolder(dirname(file));
    });
    return about;
  });
}

async function* partsOf(copy: string, show: ShowProgress): AsyncGenerator<Entry> {
  const { size } = statSync(copy);
  const packing = show("packing", size, sizeText);
  const content = counted(createReadStream(copy), (bytes) => packing.advance(bytes));
  yield { name: databasePart, size, content };
  packing.end();
}
