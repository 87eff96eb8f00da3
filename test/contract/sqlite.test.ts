import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitCountBuffer } from "../../src/database/sqlite/commit-count.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { always } from "../../src/query/predicate.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { describeEngine } from "./engine-contract.ts";
import { type EngineHome, recordOf, withEngine } from "./engine-home.ts";

function createFileHome(): EngineHome {
  const folder = mkdtempSync(join(tmpdir(), "galley-contract-"));
  return {
    keeps: true,
    open: (model, { transactionTime = 2000 } = {}) =>
      createSqliteEngine(model, {
        path: join(folder, "data.db"),
        access: "readWrite",
        scanThread: false,
        transactionTime,
      }),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** As a server has it: one thread writes, another reads on connections of its own, and large scans are in a third. */
function createThreadsHome(): EngineHome {
  const folder = mkdtempSync(join(tmpdir(), "galley-contract-"));
  return {
    keeps: true,
    open(model, { transactionTime = 2000 } = {}) {
      const shared = { path: join(folder, "data.db"), transactionTime, commits: commitCountBuffer(model) };
      const writing = createSqliteEngine(model, { ...shared, access: "readWrite", scanThread: false });
      const { read, versionOf, snapshot, tables, ping, close } = createSqliteEngine(model, {
        ...shared,
        access: "readOnly",
        scanThread: true,
      });
      return {
        ...writing,
        read,
        versionOf,
        snapshot,
        tables,
        ping,
        get waiting() {
          return writing.waiting;
        },
        async close() {
          await close();
          await writing.close();
        },
      };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

function createMemoryHome(): EngineHome {
  return {
    keeps: false,
    open: (model, { transactionTime = 2000 } = {}) =>
      createSqliteEngine(model, { path: ":memory:", access: "readWrite", scanThread: false, transactionTime }),
    remove: () => Promise.resolve(),
  };
}

describeEngine("SQLite in a file", createFileHome, { runs: 25, best: "short" });
describeEngine("SQLite with a writer of its own", createThreadsHome, { runs: 10, best: "short" });
describeEngine("SQLite in memory", createMemoryHome, { runs: 100, best: "short" });

test("a value of an indexed field may be of any length", async () => {
  const model = createModel([collection("notes", { fields: { body: text({ max: 100_000 }).unique() } })]);
  const notes = model.collection("notes");
  await withEngine(createMemoryHome, model, async (engine) => {
    const row = recordOf({ id: "00000000-0000-7000-8000-000000000001", body: randomBytes(50_000).toString("hex") });
    await engine.write((writer) => writer.insert(notes, row));
    expect(await engine.read((reader) => reader.get(notes, String(row["id"]), always))).toEqual(row);
  });
});
