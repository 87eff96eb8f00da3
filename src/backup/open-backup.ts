import { createWriteStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { checkSqlite, countSqlite } from "../database/sqlite/sqlite-check.ts";
import { type ShowProgress, showNothing } from "../kit/progress.ts";
import { sizeText } from "../kit/size-text.ts";
import { readArchive } from "./archive.ts";
import { filesPart, unpackFile } from "./files.ts";
import type { Manifest } from "./manifest.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import { databasePart } from "./write-backup.ts";

/** A backup, and where it is unpacked. */
export interface OpenBackupOptions {
  /** The file of the backup. */
  readonly file: string;
  /** The folder that it is unpacked in, for as long as it is used. */
  readonly beside: string;
  readonly passphrase: string | undefined;
  /** A folder that is made for the application's files where there are such; left out, they are only verified. */
  readonly files?: string | undefined;
  readonly show?: ShowProgress | undefined;
}

/**
 * Unpacks a backup, tries its database, and removes what it has unpacked when the work is done.
 *
 * @param work is given the file of the database, which it may take away
 * @throws Error in one line when the backup is not sound
 */
export function openBackup<T>(
  { file, beside, passphrase, files, show = showNothing }: OpenBackupOptions,
  work: (database: string, manifest: Manifest) => Promise<T>,
): Promise<T> {
  return withScratchFolder(beside, async (folder) => {
    const path = join(folder, databasePart);
    const reading = show("reading", statSync(file, { throwIfNoEntry: false })?.size, sizeText);
    const manifest = await readArchive(file, passphrase, {
      read: (bytes) => reading.advance(bytes),
      async keep(part) {
        const { name, content } = part;
        if (name.startsWith(filesPart)) {
          if (files === undefined) await finished(Readable.from(content).resume());
          else await unpackFile(part, files);
          return;
        }
        if (name !== databasePart) throw new Error(`it holds ${name}, of which this version of Galley knows nothing`);
        await pipeline(Readable.from(content), createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
      },
    });
    reading.end();
    const checking = show("checking");
    checkDatabase(file, path, manifest);
    checking.end();
    return work(path, manifest);
  });
}

function checkDatabase(file: string, path: string, manifest: Manifest): void {
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
}
