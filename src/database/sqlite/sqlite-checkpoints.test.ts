import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCheckpoints, progressOf } from "./sqlite-checkpoints.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";

const pages = 100;
/** Far more than it takes, so that a fault ends the test instead of hanging it. */
const mostWrites = 100_000;

let folder: string;
let path: string;
let connection: Connection;
let written: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-checkpoints-"));
  path = join(folder, "data.db");
  connection = openConnection({ path, readOnly: false });
  connection.execute("CREATE TABLE notes (body TEXT)");
  written = 0;
});

afterEach(() => rmSync(folder, { recursive: true }));

/** One transaction of a few pages. */
function write(): void {
  connection.run({ text: "INSERT INTO notes VALUES (?)", values: ["x".repeat(10_000)] });
  written++;
}

/** Writes on, as a server does, until something is so. */
async function writeUntil(reached: () => boolean, between: () => void): Promise<void> {
  for (let writes = 0; !reached(); writes++) {
    if (writes === mostWrites) throw new Error(`It never was so; the log has ${progressOf(connection).log} pages.`);
    write();
    await nextTurn();
    between();
  }
}

/** Whether the log has begun anew since it was asked last. */
function beganAnew(): () => boolean {
  let longest = 0;
  return () => {
    const { log } = progressOf(connection);
    longest = Math.max(longest, log);
    return log < longest;
  };
}

/** What a program finds that reads the file after everyone has closed it. */
function countInFile(): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT count(*) AS count FROM notes").get()?.["count"];
  } finally {
    database.close();
  }
}

it("carries the log over beside the one that writes, and has it begin anew", async () => {
  const checkpoints = createCheckpoints(connection, path, pages);
  for (let times = 0; times < 5; times++) await writeUntil(beganAnew(), checkpoints.advance);
  await checkpoints.close();
  connection.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(countInFile()).toBe(written);
});

it("waits for who reads an older moment, and goes on when they have finished", async () => {
  const checkpoints = createCheckpoints(connection, path, pages);
  write();
  const reading = openConnection({ path, readOnly: true });
  const count = (): unknown => reading.first({ text: "SELECT count(*) FROM notes", values: [] })?.[0];
  reading.execute("BEGIN");
  expect(count()).toBe(1);
  await writeUntil(() => progressOf(connection).log > 20 * pages, checkpoints.advance);
  expect(count()).toBe(1);
  reading.execute("COMMIT");
  await writeUntil(beganAnew(), checkpoints.advance);
  expect(count()).toBe(written);
  reading.close();
  await checkpoints.close();
  connection.close();
  expect(countInFile()).toBe(written);
});

it("leaves it to SQLite when the thread fails", async () => {
  const checkpoints = createCheckpoints(connection, folder, pages);
  const ownCheckpoints = (): unknown => connection.first({ text: "PRAGMA wal_autocheckpoint", values: [] })?.[0];
  expect(ownCheckpoints()).toBe(0);
  await writeUntil(() => ownCheckpoints() !== 0, checkpoints.advance);
  await checkpoints.close();
  connection.close();
  expect(countInFile()).toBe(written);
});

it("leaves it to SQLite when what is the writer's part fails", async () => {
  let failed = 0;
  const failing: Connection = {
    ...connection,
    run() {
      failed++;
      throw new Error("database or disk is full");
    },
  };
  const checkpoints = createCheckpoints(failing, path, pages);
  await writeUntil(() => failed > 0, checkpoints.advance);
  expect(connection.first({ text: "PRAGMA wal_autocheckpoint", values: [] })?.[0]).not.toBe(0);
  for (let times = 0; times < 2 * pages; times++) {
    write();
    checkpoints.advance();
  }
  await checkpoints.close();
  connection.close();
  expect(failed).toBe(1);
  expect(countInFile()).toBe(written);
});
