import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { createPostgresDialect } from "../../src/database/postgres/postgres-dialect.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { createFeedSql } from "../../src/database/sql/sql-feed.ts";
import { createModel } from "../../src/schema/model.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const append = `INSERT INTO "_changes" ("at", "collection", "record", "kind") VALUES (now(), 'films', $1, 'created')`;

let database: FreshDatabase;
let engine: Engine;
let clients: pg.Client[];
beforeEach(async () => {
  database = await freshDatabase();
  engine = createPostgresEngine(createModel([]), {
    url: database.url,
    poolSize: 2,
    statementTime: 10_000,
    transactionTime: 1000,
  });
  await engine.migrate(createModel([]));
  clients = [new pg.Client(database.url), new pg.Client(database.url)];
  for (const client of clients) await client.connect();
});
afterEach(async () => {
  for (const client of clients) await client.end();
  await engine.close();
  await database.drop();
});

/** Entries after one, by their ids. */
const after = async (sequence: number): Promise<string[]> =>
  (await engine.read((reader) => reader.changes(sequence, 10))).map(({ id }) => id);

test.for([
  { name: "began first", order: [0, 1] },
  { name: "began last", order: [1, 0] },
])(
  "an entry with a lower number that is committed late, by the transaction that $name, is not skipped",
  async ({ order }) => {
    const [early, late] = clients as [pg.Client, pg.Client];
    for (const client of clients) await client.query("BEGIN");
    // A transaction has its place when it writes first, whatever that is.
    for (const index of order) await clients[index]?.query("SELECT pg_current_xact_id()");
    await late.query(append, ["late"]);
    await early.query(append, ["early"]);
    await early.query("COMMIT");
    const seen = await engine.read((reader) => reader.changes(0, 10));
    await late.query("COMMIT");
    await vi.waitFor(async () => {
      const rest = await after(seen.at(-1)?.sequence ?? 0);
      expect([...seen.map(({ id }) => id), ...rest].toSorted()).toEqual(["early", "late"]);
    }, 20_000);
    // Whoever was answered either entry misses nothing when it asks again from there.
    const all = await engine.read((reader) => reader.changes(0, 10));
    expect(await after(all[0]?.sequence ?? 0)).toEqual([all[1]?.id]);
    expect(await after(all[1]?.sequence ?? 0)).toEqual([]);
  },
);

test("a page of a long feed is one walk along an index", async () => {
  await database.run(
    `INSERT INTO "_changes" ("at", "collection", "record", "kind") SELECT now(), 'films', n::text, 'created' FROM generate_series(1, 5000) n`,
  );
  await database.run(`ANALYZE "_changes"`);
  const [middle] = await database.run(`SELECT sequence FROM "_changes" WHERE record = '2500'`);
  const { text, values } = createFeedSql(createPostgresDialect(createModel([]))).follow(
    Number(middle?.["sequence"]),
    100,
  );
  const plan = await database.run(`EXPLAIN ${text}`, values);
  const steps = plan.map((row) => String(row["QUERY PLAN"])).join("\n");
  expect(steps).toContain("_changes_order");
  expect(steps).not.toMatch(/Seq Scan|Sort/);
});

test("a feed that was dumped on a server with more transactions goes on where it is restored", async () => {
  await database.run(
    `INSERT INTO "_changes" ("transaction", "at", "collection", "record", "kind") SELECT (900000000000 + n)::text::xid8, now(), 'films', 'dumped ' || n, 'created' FROM generate_series(1, 2) n`,
  );
  await engine.migrate(createModel([]));
  await clients[0]?.query(append, ["new"]);
  await vi.waitFor(async () => expect(await after(0)).toEqual(["dumped 1", "dumped 2", "new"]), 20_000);
  const [first] = await engine.read((reader) => reader.changes(0, 1));
  expect(await after(first?.sequence ?? 0)).toEqual(["dumped 2", "new"]);
});
