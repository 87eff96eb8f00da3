import { backup, DatabaseSync } from "node:sqlite";

/** Pages that are copied at a time: 4 MB. */
const pagesAtOnce = 1000;

/**
 * Copies a database file as it is at one moment, while others go on writing to it.
 *
 * @param moved told how many bytes are done, and of how many: at the beginning, now and then, and at the end
 */
export async function copySqlite(from: string, to: string, moved: (bytes: number, all: number) => void): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    // The first statement that reads decides which moment it is. Without a transaction the copy would begin anew with every
    // commit of another program, and beside a busy server it would never end.
    source.exec("BEGIN; SELECT 1 FROM sqlite_master LIMIT 1;");
    const size = Number(source.prepare("PRAGMA page_size").get()?.["page_size"]);
    const all = Number(source.prepare("PRAGMA page_count").get()?.["page_count"]) * size;
    moved(0, all);
    await backup(source, to, {
      rate: pagesAtOnce,
      progress: ({ remainingPages }) => moved(all - remainingPages * size, all),
    });
    moved(all, all);
  } finally {
    source.close();
  }
}
