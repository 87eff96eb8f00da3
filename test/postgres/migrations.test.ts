import { afterAll, beforeAll, expect, test } from "vitest";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
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
  await migrate(filmsOf("movies"));
  expect(await filesOf()).toEqual(before);
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
