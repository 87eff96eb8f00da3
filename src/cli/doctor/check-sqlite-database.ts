import { existsSync, statSync } from "node:fs";
import { checkSqlite, readFeedOfSqlite } from "../../database/sqlite/sqlite-check.ts";
import { sizeText } from "../../kit/size-text.ts";
import { checkFeed } from "./check-feed.ts";
import { type Finding, ok, problem, reasonOf, warning } from "./finding.ts";

/** The log is folded into the file from 40 MB on; when it is far beyond, something keeps it from being folded. */
const largestLog = 400_000_000;
const restore =
  "Stop the server and put a backup in place: galley restore FILE --force keeps this database under another name";

/** What lies in the file: pages, indexes, references, the log beside it, the feed. */
export function checkSqliteDatabase(file: string): Finding[] {
  if (!existsSync(file)) return [ok("database", `${file} is not there yet; galley start makes it`)];
  try {
    const log = logOf(file);
    const { damage, dangling } = checkSqlite(file);
    const opened = ok("database", file);
    if (damage.length > 0) return [opened, ...damage.map((line) => problem("integrity", line, restore)), log];
    return [
      opened,
      ok("integrity", "every page and every index is sound"),
      ...(dangling.length === 0
        ? [ok("references", "every reference leads to a record")]
        : dangling.map((line) =>
            problem("references", line, "Correct them, or take them out: SQLite's PRAGMA foreign_key_check lists each"),
          )),
      log,
      ...checkFeed(readFeedOfSqlite(file)),
    ];
  } catch (error) {
    return [problem("database", reasonOf(error), restore)];
  }
}

function logOf(file: string): Finding {
  const size = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return size > largestLog
    ? warning(
        "log",
        `${file}-wal has ${sizeText(size)}`,
        "Some program reads without an end and keeps the log from being folded into the file: end it",
      )
    : ok("log", `${sizeText(size)} wait to be folded into the file`);
}
