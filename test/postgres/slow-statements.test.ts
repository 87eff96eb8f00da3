import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { createConnections } from "../../src/database/postgres/postgres-connections.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const model = createModel([collection("lines", { fields: { body: text() } })]);
const lines = model.collection("lines");
const rare: Predicate = { kind: "compare", field: "body", path: [], comparison: "contains", operand: "nowhere" };

let database: FreshDatabase;
let engine: Engine;
let ids: string[];
beforeAll(async () => {
  database = await freshDatabase();
  engine = createPostgresEngine(model, {
    url: database.url,
    poolSize: 2,
    statementTime: 20_000,
    transactionTime: 2000,
  });
  await engine.migrate(model);
  await database.run(
    `INSERT INTO lines (id, body, "createdAt", "updatedAt", version) SELECT gen_random_uuid(), repeat(md5(n::text), 8), now(), now(), 1 FROM generate_series(1, 300000) n`,
  );
  await database.run("VACUUM ANALYZE lines");
  ids = (await database.run("SELECT id FROM lines LIMIT 20")).map(({ id }) => String(id));
}, 60_000);
afterAll(async () => {
  await engine.close();
  await database.drop();
});

const scan = async (): Promise<number> => engine.read((reader) => reader.count(lines, rare));

test("statements that read a whole table hold up neither reads nor writes beside them", async () => {
  // Prepared and judged before.
  await engine.read((reader) => reader.get(lines, ids[0] ?? "", always));
  expect(await scan()).toBe(0);
  const finished: string[] = [];
  const scans = Array.from({ length: 6 }, () => scan().then(() => finished.push("scan")));
  const reads = (async () => {
    for (const id of ids) await engine.read((reader) => reader.get(lines, id, always));
    await engine.write((writer) => writer.update(lines, ids[0] ?? "", { version: 2 }));
    finished.push("reads");
  })();
  await Promise.all([...scans, reads]);
  expect(finished.indexOf("reads")).toBeLessThan(2);
  // They had connections of their own, which aren't those for transactions.
  const connections = await database.run(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'galley' AND datname = current_database() AND query LIKE 'SELECT count(*)%'",
  );
  expect(connections).toEqual([{ count: "2" }]);
});

test("a statement that turns out to be slow is one from then on, whatever the planner expects", async () => {
  // The planner takes a row of this table for cheap, and it isn't.
  await database.run("ALTER TABLE lines RENAME TO stored");
  await database.run(
    "CREATE FUNCTION slowly(version bigint) RETURNS bigint LANGUAGE plpgsql STABLE COST 1 AS 'BEGIN PERFORM pg_sleep(0.15); RETURN version; END'",
  );
  await database.run(
    `CREATE VIEW lines AS SELECT id, body, "createdAt", "updatedAt", slowly(version) AS version FROM stored`,
  );
  const read = async (): Promise<unknown> => engine.read((reader) => reader.get(lines, ids[0] ?? "", rareOr));
  const count = async (): Promise<number> =>
    engine.read((reader) => reader.count(lines, { kind: "in", field: "id", path: [], operands: ids }));
  await count();
  for (let time = 0; time < 2; time++) await read();
  const finished: string[] = [];
  const slow = [read(), read(), read()].map((one) => one.then(() => finished.push("slow")));
  const fast = (async () => {
    for (let time = 0; time < 10; time++) await count();
    finished.push("fast");
  })();
  await Promise.all([...slow, fast]);
  expect(finished[0]).toBe("fast");
});

test("a statement that takes longer than it may is ended, and told as overloaded", async () => {
  const hurried = createPostgresEngine(model, {
    url: database.url,
    poolSize: 1,
    statementTime: 50,
    transactionTime: 1000,
  });
  const read = hurried.read((reader) => reader.get(lines, ids[0] ?? "", always));
  await expect(read).rejects.toMatchObject({ code: "overloaded", message: expect.stringContaining("took too long") });
  await hurried.close();
});

/** A predicate that no other test's statement has. */
const rareOr: Predicate = { kind: "not", of: rare };

test("a slow statement is prepared again after another program has changed the type of a column", async () => {
  const connections = createConnections({ url: database.url, poolSize: 1, statementTime: 20_000 });
  await database.run("CREATE TABLE counted (id bigint, n bigint); INSERT INTO counted VALUES (1, 2)");
  const ask = () => connections.slow({ text: "SELECT n FROM counted WHERE id = $1", values: [1] });
  const together = () => Promise.all([ask(), ask(), ask(), ask()]);
  const answers = Array.from({ length: 4 }, () => [["2"]]);
  expect(await together()).toEqual(answers);
  await database.run("ALTER TABLE counted ALTER n TYPE double precision");
  expect(await together()).toEqual(answers);
  await connections.close();
});
