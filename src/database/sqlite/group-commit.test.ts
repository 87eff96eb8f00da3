import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createModel } from "../../schema/model.ts";
import { createSqliteEngine } from "./sqlite-engine.ts";

it("answers overloaded while another program holds the file, and goes on when it lets go", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-busy-"));
  const path = join(folder, "data.db");
  const model = createModel([]);
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 2000 });
  await engine.migrate(model);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  await expect(engine.write(() => Promise.resolve(1))).rejects.toMatchObject({ code: "overloaded", status: 503 });
  other.exec("ROLLBACK");
  await expect(engine.write(() => Promise.resolve(2))).resolves.toBe(2);
  other.close();
  await engine.close();
  rmSync(folder, { recursive: true });
});
