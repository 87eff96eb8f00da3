import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { uuidv7 } from "../../kit/uuid.ts";
import { always } from "../../query/predicate.ts";
import { collection } from "../../schema/collection.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import type { Writer } from "../engine.ts";
import { createSqlReader } from "../sql/sql-reader.ts";
import { createCommitCount } from "./commit-count.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openConnection } from "./sqlite-connection.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { createSqliteEngine } from "./sqlite-engine.ts";
import { migrateSqlite } from "./sqlite-migration.ts";
import { createSqliteWriter } from "./sqlite-writer.ts";

/** An engine whose file another program holds. */
async function openHeld() {
  const folder = mkdtempSync(join(tmpdir(), "galley-busy-"));
  const path = join(folder, "data.db");
  const model = createModel([]);
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 2000 });
  await engine.migrate(model);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const end = async (): Promise<void> => {
    other.close();
    await engine.close();
    rmSync(folder, { recursive: true });
  };
  return { engine, other, end };
}

it("answers overloaded while another program holds the file, and goes on when it lets go", async () => {
  const { engine, other, end } = await openHeld();
  await expect(engine.write(() => Promise.resolve(1))).rejects.toMatchObject({ code: "overloaded", status: 503 });
  other.exec("ROLLBACK");
  await expect(engine.write(() => Promise.resolve(2))).resolves.toBe(2);
  await end();
});

it("begins when another program lets go of the file, and its thread goes on meanwhile", async () => {
  const { engine, other, end } = await openHeld();
  const written = engine.write(() => Promise.resolve(1));
  // Where SQLite waited by itself, this thread would never come to it.
  setTimeout(() => other.exec("ROLLBACK"), 50);
  await expect(written).resolves.toBe(1);
  await end();
});

/** An engine that keeps notes, each of which takes some time and may fail once it is written. */
async function openNotes(milliseconds = 0) {
  const folder = mkdtempSync(join(tmpdir(), "galley-late-"));
  const path = join(folder, "data.db");
  const notes = collection("notes", { fields: { body: text() } });
  const model = createModel([notes]);
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 2000 });
  await engine.migrate(model);
  const found = model.collection("notes");
  const now = "2026-01-01T00:00:00.000Z";
  /** The notes whose works began, in that order. */
  const runs: string[] = [];
  const add = (body: string, fails: boolean): Promise<void> =>
    engine.write(async (writer) => {
      runs.push(body);
      const until = performance.now() + milliseconds;
      while (performance.now() < until);
      const row = { id: uuidv7(), body, createdAt: now, updatedAt: now, version: 1 };
      await writer.insert(found, row);
      const entry = { at: now, collection: "notes", id: row.id, kind: "created", actor: null, request: null } as const;
      await writer.append({ ...entry, before: null, after: { body } });
      if (fails) throw new Error("too late");
    });
  const stored = async () => {
    const order = [{ field: "body", descending: false }];
    const rows = await engine.read((reader) =>
      reader.select(found, { where: always, order, limit: 100, after: undefined }),
    );
    const entries = await engine.read((reader) => reader.changes(0, 100));
    expect(entries.map(({ id }) => id).toSorted()).toEqual(rows.map((row) => String(row["id"])).toSorted());
    return rows.map((row) => row["body"]);
  };
  onTestFinished(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });
  return { add, runs, stored };
}

it("keeps what others have written when one fails too late, however often it comes", async () => {
  // On a machine that stands still for a moment, a group would take fewer of them.
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  onTestFinished(() => clock.mockRestore());
  const { add, runs, stored } = await openNotes();
  const expected: string[] = [];
  for (let round = 0; round < 5; round++) {
    const works = Array.from({ length: 10 }, (_, index) => ({
      body: `${round}.${index}`,
      fails: index % 4 === (round + 3) % 4,
    }));
    const answers = await Promise.allSettled(works.map(({ body, fails }) => add(body, fails)));
    expect(answers.map(({ status }) => status === "rejected")).toEqual(works.map(({ fails }) => fails));
    expected.push(...works.filter(({ fails }) => !fails).map(({ body }) => body));
  }
  expect(await stored()).toEqual(expected.toSorted());
  // Only those before the first that was too late ran twice.
  expect(runs).toHaveLength(50 + 3);
});

it("answers the first of many slow works before the last has begun", async () => {
  const { add, runs, stored } = await openNotes(20);
  const bodies = Array.from({ length: 12 }, (_, index) => String(index).padStart(2, "0"));
  const [first, ...others] = bodies.map((body) => add(body, false));
  await first;
  expect(runs.length).toBeLessThan(bodies.length);
  await Promise.all(others);
  expect(runs).toEqual(bodies);
  expect(await stored()).toEqual(bodies);
});

it("stores and answers each once where slow works fail too late", async () => {
  const { add, runs, stored } = await openNotes(20);
  const works = Array.from({ length: 12 }, (_, index) => ({
    body: String(index).padStart(2, "0"),
    fails: index % 5 === 1,
  }));
  const answers = await Promise.allSettled(works.map(({ body, fails }) => add(body, fails)));
  expect(answers.map(({ status }) => status === "rejected")).toEqual(works.map(({ fails }) => fails));
  expect(await stored()).toEqual(works.filter(({ fails }) => !fails).map(({ body }) => body));
  // One that has failed is never tried again.
  for (const { body } of works.filter(({ fails }) => fails)) expect(runs.filter((run) => run === body)).toHaveLength(1);
});

it("stores nothing of a group whose transaction a full disk has ended, whatever its works make of that", async () => {
  const model = createModel([collection("notes", { fields: { body: text({ max: 1_000_000 }) } })]);
  const notes = model.collection("notes");
  const connection = openConnection({ path: ":memory:", readOnly: false });
  onTestFinished(() => connection.close());
  migrateSqlite(connection, model);
  const number = (query: string): number => Number(connection.first({ text: query, values: [] })?.[0]);
  const writing = createSqliteWriter(
    model,
    connection,
    createSqlReader(model, sqliteDialect, (sql) => connection.all(sql)),
  );
  const commits = createGroupCommit(connection, writing, createCommitCount(model), 2000);
  const add = (writer: Writer, body: string): Promise<void> => {
    const now = "2026-01-01T00:00:00.000Z";
    return writer.insert(notes, { id: uuidv7(), body, createdAt: now, updatedAt: now, version: 1 });
  };
  connection.execute(`PRAGMA max_page_count = ${number("PRAGMA page_count") + 3}`);
  const tooLarge = "x".repeat(500_000);
  const answers = await Promise.allSettled([
    commits.write((writer) => add(writer, "before")),
    // As many records in one request are stored: one that fails keeps the others from nothing.
    commits.write(async (writer) => {
      const works = [add(writer, tooLarge), add(writer, "beside")];
      await Promise.allSettled(works);
      await add(writer, "after");
    }),
    commits.write((writer) => add(writer, "behind")),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(number("SELECT count(*) FROM notes")).toBe(0);
  await commits.write((writer) => add(writer, "small"));
  expect(number("SELECT count(*) FROM notes")).toBe(1);
});
