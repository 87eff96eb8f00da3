import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copySqlite } from "./sqlite-copy.ts";

test("a copy is of the moment it was begun, and comes to an end although there is a commit after every step", async () => {
  const folder = await mkdtemp(join(tmpdir(), "galley-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [source, target] = [join(folder, "source.db"), join(folder, "target.db")];
  const writing = new DatabaseSync(source);
  writing.exec(`PRAGMA journal_mode = WAL; CREATE TABLE pages (id INTEGER PRIMARY KEY, filling BLOB);
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
    INSERT INTO pages SELECT n, randomblob(4000) FROM numbers`);
  const steps: number[] = [];
  await copySqlite(source, target, (bytes, all) => {
    steps.push(bytes);
    expect(bytes).toBeLessThanOrEqual(all);
    writing.exec("UPDATE pages SET filling = NULL WHERE id = 3000; INSERT INTO pages VALUES (NULL, NULL)");
  });
  writing.close();
  expect(steps.length).toBeGreaterThan(3);
  expect(steps[0]).toBe(0);
  const copy = new DatabaseSync(target);
  onTestFinished(() => copy.close());
  const [row] = copy.prepare("SELECT count(*) AS count, sum(length(filling)) AS filled FROM pages").all();
  expect(row).toEqual({ count: 3000, filled: 12_000_000 });
  expect(copy.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
});
