import { resolve } from "node:path";
import { restoreSqlite, verifyBackup } from "../backup/restore-sqlite.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { print } from "./print.ts";
import { countText } from "./quantity-text.ts";
import { readPassphrase } from "./read-passphrase.ts";

/** Options of `galley restore`. */
export interface RestoreOptions {
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly passphraseFile?: string;
}

/** `galley restore`: puts the data of a backup in place, once all of it was found to be sound. */
export function restore(given: string, options: RestoreOptions): Promise<void> {
  return print(async () => {
    const { database, backupPassphrase } = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
    const passphrase = readPassphrase(options.passphraseFile, backupPassphrase);
    if (database.engine === "postgres")
      throw new Error("galley restore is for SQLite. A PostgreSQL server has its own: pg_dump, and pg_restore.");
    const from = { file: resolve(given), database: database.file, passphrase };
    if (options.verify === true) {
      const { at, records, galley } = await verifyBackup(from);
      return `Sound: ${from.file} (${at}, Galley ${galley}, ${countText(records)})`;
    }
    const { manifest, aside } = await restoreSqlite({ ...from, force: options.force === true });
    const lines = [`Restored: ${database.file}, as of ${manifest.at} (${countText(manifest.records)})`];
    if (aside !== undefined) lines.push(`What was there before is ${aside}; remove it when you need it no longer.`);
    return lines.join("\n");
  });
}
