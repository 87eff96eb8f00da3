import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMigrations, type Migrations } from "../../src/database/migration/migrations.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { createPostgresMigrator } from "../../src/database/postgres/postgres-migrator.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** Brings the database to a model, as a start does. */
async function migrate(model: Model, url = database.url): Promise<void> {
  const engine = createPostgresEngine(model, { url, poolSize: 2, statementTime: 10_000, transactionTime: 2000 });
  try {
    await engine.migrate(model);
  } finally {
    await engine.close();
  }
}

const filmsOf = (name: string): Model =>
  createModel([
    collection(name, {
      id: text({ min: 1, max: 200 }),
      renamedFrom: name === "films" ? undefined : "films",
      fields: { title: text(), stock: integer().unique(), sequel: ref(name).optional() },
      indexes: [["title", "-stock"]],
    }),
  ]);

/** What an index is kept in: another number is another index. */
const filesOf = async (): Promise<Map<string, unknown>> => {
  const rows = await database.run(
    "SELECT regexp_replace(relname, '_[0-9a-f]{10}$', '') AS name, relfilenode AS file FROM pg_class WHERE relkind = 'i' AND relname ~ '^(films|movies)_'",
  );
  return new Map(rows.map(({ name, file }) => [String(name).replace("movies", "films"), file]));
};

test("what has another name keeps its indexes and its foreign keys, under the names that a new database would give", async () => {
  await migrate(filmsOf("films"));
  const before = await filesOf();
  expect(before.size).toBe(4);
  const keys = "SELECT oid FROM pg_constraint WHERE contype = 'f' ORDER BY 1";
  const references = await database.run(keys);
  await migrate(filmsOf("movies"));
  expect(await filesOf()).toEqual(before);
  expect(await database.run(keys)).toEqual(references);
  const names = await database.run(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' UNION SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ '_[0-9a-f]{10}$' ORDER BY 1",
  );
  const fresh = await freshDatabase();
  try {
    const movies = collection("movies", { ...filmsOf("movies").collection("movies").declaration });
    await migrate(createModel([movies]), fresh.url);
    const expected = await fresh.run(
      "SELECT conname FROM pg_constraint WHERE contype = 'f' UNION SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ '_[0-9a-f]{10}$' ORDER BY 1",
    );
    expect(names).toEqual(expected);
  } finally {
    await fresh.drop();
  }
});

test("an index of the application's own stays, and one whose making broke off is made anew", async () => {
  await database.run(`CREATE INDEX my_title ON movies (lower(title))`);
  const [index] = await database.run("SELECT relname AS name FROM pg_class WHERE relname ~ '^movies_title_'");
  const name = String(index?.["name"]);
  await database.run(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"${name}"'::regclass`);
  await migrate(filmsOf("movies"));
  const valid = await database.run(
    `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname IN ('my_title', '${name}') ORDER BY 1`,
  );
  expect(valid).toEqual([
    { name, valid: true },
    { name: "my_title", valid: true },
  ]);
});

test("who may make no tables may start on a database that has them all", async () => {
  const role = `reader_${database.url.split("_").at(-1)}`;
  await database.run(
    `CREATE ROLE ${role} LOGIN; REVOKE CREATE ON SCHEMA public FROM public; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
  );
  const url = new URL(database.url);
  url.username = role;
  try {
    await migrate(filmsOf("movies"), url.href);
  } finally {
    await database.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

/** Works with the migrations of a model, whose files are thrown away. */
async function withFiles<T>(model: Model, folder: string, work: (migrations: Migrations) => Promise<T>): Promise<T> {
  const migrator = createPostgresMigrator({ url: database.url, poolSize: 2, statementTime: 10_000 });
  try {
    return await work(createMigrations({ migrator, model, folder, clock: { now: Date.now } }));
  } finally {
    await migrator.close();
  }
}

test("a file is gone on with where an index could not be made, and a rehearsal touches nothing that others use", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-postgres-files-"));
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  try {
    const before = filmsOf("movies");
    await withFiles(before, folder, async (migrations) => {
      await migrations.write("begin", {});
      await migrations.apply();
    });
    const insert = `INSERT INTO movies (id, title, stock, "createdAt", "updatedAt", version) VALUES ($1, 'same', $2, now(), now(), 1)`;
    for (const [id, stock] of [
      ["a", 1],
      ["b", 2],
    ] as const)
      await database.run(insert, [id, stock]);
    await database.run("CREATE VIEW titles AS SELECT title FROM movies");
    await database.run(
      "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.title = upper(new.title); RETURN new; END'; CREATE TRIGGER shouting BEFORE UPDATE ON movies FOR EACH ROW EXECUTE FUNCTION shout()",
    );
    const fields = { title: text().unique(), stock: integer().unique(), live: integer().default(1) };
    const movies = collection("movies", {
      id: text({ min: 1, max: 200 }),
      fields: { ...fields, sequel: ref("movies").optional() },
    });
    const model = createModel([movies]);
    await withFiles(model, folder, async (migrations) => {
      const { files } = await migrations.write("unique", {});
      const [file = ""] = files;
      // On a copy nothing is done, and nothing says so.
      await expect(migrations.rehearse()).rejects.toThrow(/^\S+, line \d+: could not create unique index[^\n]*$/);
      await expect(migrations.apply()).rejects.toThrow(
        /line \d+: could not create unique index[^]*galley migrate apply goes on/,
      );
      expect(await migrations.check()).toEqual([
        expect.stringMatching(/^2.*_unique.sql is applied but for what comes after/),
      ]);
      expect(await database.run("SELECT live FROM movies")).toEqual([{ live: "1" }, { live: "1" }]);
      expect(await database.run("SELECT 1 FROM pg_index WHERE NOT indisvalid")).toEqual([]);

      await database.run("UPDATE movies SET title = 'other' WHERE id = 'b'");
      // Somebody ended the process while it made the index.
      const half = /INDEX CONCURRENTLY IF NOT EXISTS ("movies_title_\w+")/.exec(
        readFileSync(join(folder, file), "utf8"),
      )?.[1];
      await database.run(
        `CREATE UNIQUE INDEX ${half} ON movies (title); UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${half}'::regclass`,
      );
      // Somebody writes to the table, and is not waited for.
      await other.query(`BEGIN; UPDATE movies SET stock = 3 WHERE id = 'a'`);
      expect(await migrations.rehearse()).toEqual({ applied: [{ name: file, outcome: "run" }], differences: [] });
      await other.query("ROLLBACK");
      const path = join(folder, file);
      const written = readFileSync(path, "utf8");
      // What is done already is not done again, so to change it would be of no effect.
      writeFileSync(path, written.replace("DEFAULT '1'", "DEFAULT '2'"));
      await expect(migrations.apply()).rejects.toThrow(/was changed in what is applied already: put that back/);
      // What is not may be mended.
      writeFileSync(path, `${written}ANALYZE movies;\n`);
      expect(await migrations.apply()).toEqual([{ name: file, outcome: "run" }]);
      expect(await migrations.check()).toEqual([]);

      writeFileSync(
        join(folder, "20990101000000_by_hand.sql"),
        "UPDATE movies SET title = 'third' WHERE id = 'b'; ALTER TABLE movies DROP COLUMN title;",
      );
      // The copy has the view, and the trigger that shouts.
      await expect(migrations.rehearse()).rejects.toThrow(
        /line 1: cannot drop column title.*other objects depend on it/,
      );
      writeFileSync(
        join(folder, "20990101000000_by_hand.sql"),
        "UPDATE movies SET title = 'third' WHERE id = 'b'; INSERT INTO nowhere SELECT title FROM titles;",
      );
      await expect(migrations.rehearse()).rejects.toThrow(/nowhere/);
      expect(await database.run("SELECT title FROM titles ORDER BY 1")).toEqual([
        { title: "OTHER" },
        { title: "same" },
      ]);
      expect(await database.run("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'galley_rehearsal%'")).toEqual([]);
    });
  } finally {
    await other.end();
    rmSync(folder, { recursive: true });
  }
});
