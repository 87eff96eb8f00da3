import { createReadStream, existsSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkSqlite, countSqlite } from "../database/sqlite/sqlite-check.ts";
import { type ShowProgress, showNothing } from "../kit/progress.ts";
import { sizeText } from "../kit/size-text.ts";
import { writeArchive } from "./archive.ts";
import { counted } from "./counted.ts";
import { filesIn } from "./files.ts";
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
  /** The folder of the application's files, which need not be there. */
  readonly files: string;
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

/** What was written. */
export interface Written extends About {
  /** Names of what lies among the files and is not in the backup: links, and what was deleted meanwhile. */
  readonly left: readonly string[];
}

/** Name of the database in the archive. The files of an application follow it, below {@link filesPart}. */
export const databasePart = "database.sqlite";

/**
 * Writes a backup of a database. The file is there as soon as it is whole, and not before.
 *
 * @throws Error when the database is damaged: a backup that can't be restored is none
 */
export async function writeBackup(
  { engine, name, beside, copyTo }: BackupSource,
  { file, passphrase, version, files, show = showNothing }: WriteBackupOptions,
): Promise<Written> {
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
    const left: string[] = [];
    await withScratchFolder(dirname(file), async (besideFile) => {
      const whole = join(besideFile, "backup");
      await writeArchive(whole, partsOf(copy, files, left, show), () => about, passphrase);
      await rename(whole, file);
      await syncFolder(dirname(file));
    });
    return { ...about, left };
  });
}

async function* partsOf(copy: string, files: string, left: string[], show: ShowProgress): AsyncGenerator<Entry> {
  const { size } = statSync(copy);
  const packing = show("packing", size, sizeText);
  const content = counted(createReadStream(copy), (bytes) => packing.advance(bytes));
  yield { name: databasePart, size, content };
  packing.end();
  // After the database, so that what it refers to is there.
  if (!existsSync(files)) return;
  const packingFiles = show("packing files", undefined, sizeText);
  for await (const entry of filesIn(files, left))
    yield { ...entry, content: counted(entry.content, (bytes) => packingFiles.advance(bytes)) };
  packingFiles.end();
}
