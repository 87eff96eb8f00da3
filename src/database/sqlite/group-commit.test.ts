import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { uuidv7 } from "../../kit/uuid.ts";
import { always } from "../../query/predicate.ts";
import { collection } from "../../schema/collection.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import { createSqliteEngine } from "./sqlite-engine.ts";

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

it("keeps what others have written when one fails too late, however often it comes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-late-"));
  const path = join(folder, "data.db");
  const notes = collection("notes", { fields: { body: text() } });
  const model = createModel([notes]);
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 2000 });
  await engine.migrate(model);
  const found = model.collection("notes");
  const now = "2026-01-01T00:00:00.000Z";
  let runs = 0;
  const add = (body: string, fails: boolean): Promise<void> =>
    engine.write(async (writer) => {
      runs++;
      const row = { id: uuidv7(), body, createdAt: now, updatedAt: now, version: 1 };
      await writer.insert(found, row);
      const entry = { at: now, collection: "notes", id: row.id, kind: "created", actor: null, request: null } as const;
      await writer.append({ ...entry, before: null, after: { body } });
      if (fails) throw new Error("too late");
    });
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
  const order = [{ field: "body", descending: false }];
  const rows = await engine.read((reader) =>
    reader.select(found, { where: always, order, limit: 100, after: undefined }),
  );
  expect(rows.map((row) => row["body"])).toEqual(expected.toSorted());
  const entries = await engine.read((reader) => reader.changes(0, 100));
  expect(entries.map(({ id }) => id).toSorted()).toEqual(rows.map((row) => String(row["id"])).toSorted());
  // Only those before the first that was too late ran twice.
  expect(runs).toBe(50 + 3);
  await engine.close();
  rmSync(folder, { recursive: true });
});
