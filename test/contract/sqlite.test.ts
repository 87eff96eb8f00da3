import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { describeEngine } from "./engine-contract.ts";
import type { EngineHome } from "./engine-home.ts";

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

function createMemoryHome(): EngineHome {
  return {
    keeps: false,
    open: (model, { transactionTime = 2000 } = {}) =>
      createSqliteEngine(model, { path: ":memory:", access: "readWrite", scanThread: false, transactionTime }),
    remove: () => Promise.resolve(),
  };
}

describeEngine("SQLite in a file", createFileHome, { runs: 25 });
describeEngine("SQLite in memory", createMemoryHome, { runs: 100 });
