import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { always, type Comparison, type Predicate } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import { collection } from "../../schema/collection.ts";
import { integer } from "../../schema/field-number.ts";
import { json } from "../../schema/field-json.ts";
import { list } from "../../schema/field-list.ts";
import { ref } from "../../schema/field-ref.ts";
import { text } from "../../schema/field-text.ts";
import { createModel } from "../../schema/model.ts";
import type { Engine } from "../engine.ts";
import { createSqlCompiler } from "../sql/sql-compiler.ts";
import { type Connection, openConnection } from "./sqlite-connection.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { createSqliteEngine } from "./sqlite-engine.ts";
import { createScans, type Scans } from "./sqlite-scans.ts";

const model = createModel([
  collection("films", {
    id: text({ min: 1, max: 20 }),
    fields: { title: text(), stock: integer(), meta: json(), genre: ref("genres"), tags: list(text()).optional() },
    indexes: [["tags"]],
  }),
  collection("letters", {
    id: text({ min: 1, max: 20 }),
    fields: { film: ref("films"), body: text(), meta: json().optional() },
  }),
  collection("genres", { id: text({ min: 1, max: 20 }), fields: { name: text() } }),
]);
const films = model.collection("films");
const folder = mkdtempSync(join(tmpdir(), "galley-scans-"));
const path = join(folder, "data.db");
const byId = [{ field: "id", descending: false }];
const rare: Predicate = { kind: "compare", field: "title", path: [], comparison: "contains", operand: "7777" };
const endless = {
  text: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c",
  values: [],
};

let reading: Connection;
let scans: Scans | undefined;

const engineWith = (scanThread: boolean, access: "readOnly" | "readWrite"): Engine =>
  createSqliteEngine(model, { path, access, scanThread, transactionTime: 60_000 });

function startScans(scanTime?: number): Scans {
  scans = createScans(reading, path, scanTime);
  return scans;
}

beforeAll(async () => {
  const engine = engineWith(false, "readWrite");
  await engine.migrate(model);
  const now = "2026-01-01T00:00:00.000Z";
  await engine.write(async (writer) => {
    const system = { createdAt: now, updatedAt: now, version: 1 };
    await writer.insert(model.collection("genres"), { id: "g", name: "Drama", ...system });
    for (let index = 0; index < 10_100; index++) {
      const row: Row = { id: `f${index}`, title: `Film ${index}`, stock: index % 7, meta: { index }, genre: "g" };
      await writer.insert(films, { tags: null, ...row, ...system });
    }
    const letter = { film: "f0", body: "x", meta: null, ...system };
    for (let index = 0; index < 300; index++)
      await writer.insert(model.collection("letters"), { id: `l${index}`, ...letter });
  });
  await engine.close();
  reading = openConnection({ path, readOnly: true });
});

afterEach(async () => {
  await scans?.close();
  scans = undefined;
});

afterAll(() => {
  reading.close();
  rmSync(folder, { recursive: true });
});

describe("scans", () => {
  it("are the statements that read much of a large table, however small the one that they begin with", () => {
    const { isHeavy } = startScans();
    const compiler = createSqlCompiler(model, sqliteDialect);
    const query = { order: byId, limit: 20, after: undefined };
    expect(isHeavy(compiler.select(films, { ...query, where: rare }))).toBe(true);
    expect(isHeavy(compiler.select(films, { ...query, where: always }))).toBe(false);
    const genres = model.collection("genres");
    const name: Predicate = { kind: "compare", field: "name", path: [], comparison: "contains", operand: "x" };
    expect(isHeavy(compiler.select(genres, { ...query, where: name }))).toBe(false);
    const related: Predicate = { kind: "related", relation: "films", where: rare };
    expect(isHeavy(compiler.select(genres, { ...query, where: related }))).toBe(true);
  });

  it("are those that look into texts or JSON of few records, which may be long", () => {
    const { isHeavy } = startScans();
    const compiler = createSqlCompiler(model, sqliteDialect);
    const letters = model.collection("letters");
    const is = (field: string, comparison: Comparison, path: string[] = []): Predicate => ({
      kind: "compare",
      field,
      path,
      comparison,
      operand: "x",
    });
    const heavy = (where: Predicate): boolean =>
      isHeavy(compiler.select(letters, { where, order: byId, limit: 20, after: undefined }));
    expect(heavy(is("body", "contains"))).toBe(true);
    expect(heavy(is("meta", "eq", ["colour"]))).toBe(true);
    // All may be of one film.
    expect(heavy({ kind: "and", of: [is("film", "eq"), is("body", "contains")] })).toBe(true);
    expect(heavy({ kind: "and", of: [is("id", "eq"), is("body", "contains")] })).toBe(false);
    expect(heavy(is("film", "eq"))).toBe(false);
    expect(heavy(is("body", "eq"))).toBe(false);
    const many = Array.from({ length: 199 }, () => is("body", "eq"));
    expect(heavy({ kind: "or", of: many })).toBe(true);
  });

  it("are the statements that look for an item of a list, also of one that is indexed elsewhere", () => {
    const { isHeavy } = startScans();
    const has: Predicate = { kind: "compare", field: "tags", path: [], comparison: "has", operand: "x" };
    const query = { where: has, order: byId, limit: 20, after: undefined };
    expect(isHeavy(createSqlCompiler(model, sqliteDialect).select(films, query))).toBe(true);
  });

  it("answer what the same statement answers in this thread", async () => {
    const [inline, threaded] = [engineWith(false, "readOnly"), engineWith(true, "readOnly")];
    const ask = (engine: Engine) =>
      engine.read(async (reader) => ({
        rows: await reader.select(films, { where: rare, order: byId, limit: 20, after: undefined }),
        count: await reader.count(films, always),
        groups: await reader.aggregate(
          films,
          { where: always, group: ["stock"], figures: { sum: ["stock"], avg: [], min: ["title"], max: [] } },
          10,
        ),
      }));
    const [here, there] = await Promise.all([ask(inline), ask(threaded)]);
    expect(there).toEqual(here);
    expect(here.rows).toMatchObject([{ id: "f7777", meta: { index: 7777 } }]);
    await Promise.all([inline.close(), threaded.close()]);
  });

  it("that take too long are ended, with those that wait behind them, and the next one finds a new thread", async () => {
    const { run } = startScans(1000);
    const [slow, behind] = await Promise.allSettled([run(endless), run({ text: "SELECT 1", values: [] })]);
    for (const one of [slow, behind]) {
      expect(one).toMatchObject({
        status: "rejected",
        reason: { code: "overloaded", headers: { "retry-after": "5" } },
      });
    }
    expect(await run({ text: "SELECT 2", values: [] })).toEqual([[2]]);
  });

  it("that fail are told why, and the next one succeeds", async () => {
    const { run } = startScans();
    await expect(run({ text: "SELECT 1 FROM nowhere", values: [] })).rejects.toThrow("no such table");
    expect(await run({ text: "SELECT 3", values: [] })).toEqual([[3]]);
  });

  it("are refused when too many wait", async () => {
    const { run, close } = startScans();
    const waiting = Array.from({ length: 200 }, () => run(endless).catch(() => undefined));
    await expect(run(endless)).rejects.toMatchObject({ code: "overloaded" });
    await close();
    await Promise.all(waiting);
  });

  it("that are under way when the database is closed are told so", async () => {
    const { run, close } = startScans();
    const [slow] = await Promise.allSettled([run(endless), close()]);
    expect(slow).toMatchObject({ reason: new Error("The database was closed.") });
  });
});
