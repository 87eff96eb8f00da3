import { createReadStream, existsSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkSqlite, countSqlite } from "../database/sqlite/sqlite-check.ts";
import { copySqlite } from "../database/sqlite/sqlite-copy.ts";
import { writeArchive } from "./archive.ts";
import type { About } from "./manifest.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import { syncFolder } from "./sync-folder.ts";
import type { Entry } from "./tar.ts";

/** What is backed up, and where to. */
export interface BackUpOptions {
  /** The file of the database. */
  readonly database: string;
  /** The file of the backup, which must not be there. */
  readonly file: string;
  readonly passphrase: string | undefined;
  /** The version of Galley. */
  readonly version: string;
}

/** Name of the database in the archive. Files of an application, when there are such, go beside it, below `files/`. */
export const databasePart = "database.sqlite";

/**
 * Writes a backup of a database that others may be writing to. The file is there as soon as it is whole, and not before.
 *
 * @throws Error when the database is damaged: a backup that can't be restored is none
 */
export async function backUpSqlite({ database, file, passphrase, version }: BackUpOptions): Promise<About> {
  if (existsSync(file)) throw new Error(`${file} is there already; name another file.`);
  // The copy lies where the database lies: nobody else may read there, and encrypted backups leave nothing readable elsewhere.
  return withScratchFolder(dirname(database), async (besideDatabase) => {
    const copy = join(besideDatabase, databasePart);
    const at = new Date().toISOString();
    await copySqlite(database, copy, () => {});
    const { damage, dangling } = checkSqlite(copy);
    const [wrong] = [...damage, ...dangling];
    if (wrong !== undefined)
      throw new Error(`The database ${database} is damaged, and was not backed up: ${wrong}. See galley doctor.`);
    const about: About = { galley: version, at, engine: "sqlite", records: countSqlite(copy) };
    await withScratchFolder(dirname(file), async (besideFile) => {
      const whole = join(besideFile, "backup");
      await writeArchive(whole, partsOf(copy), () => about, passphrase);
      await rename(whole, file);
      await syncFolder(dirname(file));
    });
    return about;
  });
}

async function* partsOf(copy: string): AsyncGenerator<Entry> {
  yield { name: databasePart, size: statSync(copy).size, content: createReadStream(copy) };
}
