import { dirname } from "node:path";
import { copySqlite } from "../database/sqlite/sqlite-copy.ts";
import { type Progress, showNothing } from "../kit/progress.ts";
import { sizeText } from "../kit/size-text.ts";
import { writeBackup, type WriteBackupOptions, type Written } from "./write-backup.ts";

/** What is backed up, and where to. */
export interface BackUpOptions extends WriteBackupOptions {
  /** The file of the database. */
  readonly database: string;
}

/** Writes a backup of a file that others may be writing to. @throws Error when it is damaged */
export function backUpSqlite({ database, ...options }: BackUpOptions): Promise<Written> {
  const { show = showNothing } = options;
  return writeBackup(
    {
      engine: "sqlite",
      name: database,
      // Nobody else may read where the database lies, and encrypted backups leave nothing readable elsewhere.
      beside: dirname(database),
      async copyTo(path) {
        let copying: Progress | undefined;
        let done = 0;
        await copySqlite(database, path, (bytes, all) => {
          copying ??= show("copying", all, sizeText);
          copying.advance(bytes - done);
          done = bytes;
        });
        copying?.end();
      },
    },
    options,
  );
}
