import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { collection } from "../../schema/collection.ts";
import { integer } from "../../schema/field-number.ts";
import { text } from "../../schema/field-text.ts";
import type { Fields } from "../../schema/field.ts";
import { createModel, type Model } from "../../schema/model.ts";
import { createMigrations, type Migrations } from "../migration/migrations.ts";
import { createSqliteMigrator } from "./sqlite-migrator.ts";

let folder = "";
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "galley-sqlite-files-"));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const filmsOf = (fields: Fields): Model => createModel([collection("films", { fields })]);
const before = filmsOf({ title: text(), stock: integer() });

async function withFiles<T>(model: Model, work: (migrations: Migrations) => Promise<T>): Promise<T> {
  const migrator = createSqliteMigrator(join(folder, "data.db"));
  try {
    return await work(createMigrations({ migrator, model, folder, clock: { now: Date.now } }));
  } finally {
    await migrator.close();
  }
}

/** A database with a film, a trigger and an index that the application has made after the migration was written elsewhere. */
async function prepare(model: Model, drop: readonly string[] = []): Promise<void> {
  await withFiles(before, async (migrations) => {
    await migrations.write("begin", {});
    await migrations.apply();
  });
  await withFiles(model, (migrations) => migrations.write("change", { drop }));
  database = new DatabaseSync(join(folder, "data.db"));
  database.exec(`INSERT INTO films (id, title, stock, "createdAt", "updatedAt", version) VALUES ('a', 'A', 1, 'x', 'x', 1);
    CREATE TABLE log (stock INTEGER); CREATE INDEX my_own ON films (stock) WHERE stock > 0;
    CREATE TRIGGER logged AFTER UPDATE ON films BEGIN INSERT INTO log VALUES (new.stock); END;`);
}

it("keeps triggers and indexes that a file doesn't know of", async () => {
  const model = filmsOf({ title: text(), stock: integer(), live: integer().default(1) });
  await prepare(model);
  await withFiles(model, async (migrations) => {
    await migrations.apply();
    expect(await migrations.check()).toEqual([]);
  });
  database.exec("UPDATE films SET stock = 7");
  expect(database.prepare("SELECT stock FROM log").all()).toMatchObject([{ stock: 7 }]);
  expect(database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'my_own'").all()).toHaveLength(1);
});

it("refuses what they would not survive, and has changed nothing then", async () => {
  const model = filmsOf({ title: text() });
  await prepare(model, ["films.stock"]);
  const schema = database.prepare("SELECT sql FROM sqlite_master ORDER BY sql").all();
  await withFiles(model, async (migrations) => {
    await expect(migrations.apply()).rejects.toThrow(
      /_change.sql, line \d+: The index my_own can't be made again: no such column: stock\. Drop it/,
    );
    database.exec("DROP INDEX my_own");
    await expect(migrations.apply()).rejects.toThrow("The trigger logged no longer works: no such column: new.stock");
    database.exec("CREATE INDEX my_own ON films (stock) WHERE stock > 0");
    expect(database.prepare("SELECT sql FROM sqlite_master ORDER BY sql").all()).toEqual(schema);
  });
});

it("leaves no copy behind when a rehearsal fails", async () => {
  await prepare(filmsOf({ title: text(), stock: integer(), live: integer().default(1) }));
  await withFiles(before, async (migrations) => {
    writeFileSync(join(folder, "20990101000000_wrong.sql"), "DROP TABLE nowhere;");
    await expect(migrations.rehearse()).rejects.toThrow("nowhere");
    expect(readdirSync(folder).filter((name) => name.includes("rehearsal"))).toEqual([]);
  });
});
