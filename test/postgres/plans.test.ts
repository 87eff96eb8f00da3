import { afterAll, beforeAll, describe, expect, test } from "vitest";
import pg from "pg";
import { createConnections, isPlannedOnce } from "../../src/database/postgres/postgres-connections.ts";
import { createPostgresDialect } from "../../src/database/postgres/postgres-dialect.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { createSqlCompiler } from "../../src/database/sql/sql-compiler.ts";
import type { Sql } from "../../src/database/sql/sql-dialect.ts";
import { uuidv7 } from "../../src/kit/uuid.ts";
import type { Position } from "../../src/query/cursor.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import { relevance, type SortTerm } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { recordOf } from "../contract/engine-home.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const model = createModel([
  collection("makers", { fields: { name: text().unique() } }),
  collection("things", {
    fields: {
      code: text().unique(),
      title: text().search(),
      price: integer().optional(),
      stock: integer(),
      maker: ref("makers", { inverse: "things" }).optional(),
      tags: list(text()),
      marks: list(integer()).optional(),
      notes: list(json()),
    },
    indexes: [["price"], ["-price"], ["stock", "-createdAt"], ["tags"], ["marks"], ["notes"]],
  }),
  collection("stories", { fields: { plot: text().search() } }),
]);
const things = model.collection("things");
const makers = model.collection("makers");
const stories = model.collection("stories");
const compiler = createSqlCompiler(model, createPostgresDialect(model));

let database: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  const engine = createPostgresEngine(model, {
    url: database.url,
    poolSize: 1,
    statementTime: 30_000,
    transactionTime: 1000,
  });
  await engine.migrate(model);
  await engine.close();
  await database.run(
    `INSERT INTO makers (id, name, "createdAt", "updatedAt", version) SELECT gen_random_uuid(), 'maker ' || n, now(), now(), 1 FROM generate_series(1, 500) n`,
  );
  await database.run(
    // Ids that grow with time, as those that Galley makes: records lie in the order of their ids.
    `INSERT INTO things (id, code, title, price, stock, maker, tags, marks, notes, _words, "createdAt", "updatedAt", version)
     SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'code ' || n, 'title ' || n, CASE WHEN n % 50 = 0 THEN NULL ELSE n % 1000 END, n % 10,
       (SELECT id FROM makers WHERE name = 'maker ' || 1 + n % 500),
       ARRAY['tag ' || n % 10, 'only ' || n], ARRAY[n % 10, n], jsonb_build_array('note ' || n % 10, n, true), ('''title'':1 ''number' || n || ''':2')::tsvector,
       now() + n * interval '1 second', now(), 1 FROM generate_series(1, 30000) n`,
  );
  // Words as texts have them: some are in all, some in many, and most in one.
  await database.run(
    `INSERT INTO stories (id, plot, _words, "createdAt", "updatedAt", version)
     SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, repeat('plot ', 50),
       array_to_tsvector(ARRAY['the', 'some' || n % 200, 'only' || n]), now(), now(), 1 FROM generate_series(1, 20000) n`,
  );
  await database.run("VACUUM ANALYZE");
  client = new pg.Client({
    connectionString: database.url,
    options: "-c jit=off -c max_parallel_workers_per_gather=0",
  });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** The plan of a statement, prepared as the engine prepares it and run often enough that its plan is the lasting one. */
async function planOf({ text: sql, values }: Sql): Promise<string> {
  await client.query("DEALLOCATE ALL");
  await client.query(`SET plan_cache_mode = ${isPlannedOnce(sql) ? "auto" : "force_custom_plan"}`);
  const literals = values.map((value) => (Array.isArray(value) ? arrayLiteral(value) : literal(value)));
  await client.query(`PREPARE one AS ${sql}`);
  const execute = `EXECUTE one${literals.length === 0 ? "" : `(${literals.join(", ")})`}`;
  for (let time = 0; time < 6; time++) await client.query(execute);
  const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN (COSTS OFF) ${execute}`);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

const literal = (value: unknown): string =>
  value === null ? "NULL" : `'${(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("'", "''")}'`;
const arrayLiteral = (values: readonly unknown[]): string =>
  literal(`{${values.map((one) => `"${String(one)}"`).join(",")}}`);

const asc = (field: string): SortTerm => ({ field, descending: false });
const desc = (field: string): SortTerm => ({ field, descending: true });
const page = (order: readonly SortTerm[], after?: Position, where: Predicate = always): Sql =>
  compiler.select(things, { where, order, limit: 20, after });
const equal = (field: string, operand: string | number): Predicate => ({
  kind: "compare",
  field,
  path: [],
  comparison: "eq",
  operand,
});
const has = (field: string, operand: string | number): Predicate => ({
  kind: "compare",
  field,
  path: [],
  comparison: "has",
  operand,
});
const search = (word: string): Predicate => ({ kind: "search", words: [word] });
const id = "01900000-0000-7000-8000-000000000000";

describe("a page is one walk along an index", () => {
  test.for<[string, Sql]>([
    ["first, by id", page([asc("id")])],
    ["after a cursor, by id", page([asc("id")], [id])],
    ["first, by an indexed field", page([asc("price"), asc("id")])],
    ["after a cursor, by an indexed field", page([asc("price"), asc("id")], [500, id])],
    ["after a cursor in the missing values", page([asc("price"), asc("id")], [null, id])],
    ["first, by a unique field", page([asc("code"), asc("id")])],
    ["after a cursor, by id descending", page([desc("id")], [id])],
    ["after a cursor, descending", page([desc("price"), desc("id")], [500, id])],
    [
      "after a cursor, in mixed directions",
      page([asc("stock"), desc("createdAt"), desc("id")], [5, "2026-11-20T12:00:00.000Z", id]),
    ],
    ["of one side of a relation", page([asc("id")], undefined, equal("maker", id))],
    [
      "of what many hold a word of",
      compiler.select(stories, { where: search("the"), order: [asc("id")], limit: 20, after: undefined }),
    ],
    ["of what many have an item of", page([asc("id")], undefined, has("tags", "tag 7"))],
  ])("%s", async ([, sql]) => {
    const plan = await planOf(sql);
    expect(plan).toMatch(/Index (Only )?Scan/);
    expect(plan).not.toMatch(/Seq Scan|(?<!Incremental )\bSort\n|Bitmap/);
  });
});

describe("an index answers", () => {
  test.for<[string, Sql, RegExp]>([
    [
      "what has a unique value",
      page([asc("id")], undefined, equal("code", "code 7")),
      /Index Scan using .?things_code/,
    ],
    [
      "what begins with a text",
      compiler.count(things, {
        kind: "compare",
        field: "code",
        path: [],
        comparison: "startsWith",
        operand: "code 499",
      }),
      /Index (Only )?Scan.*things_code|Bitmap Index Scan on .?things_code/,
    ],
    [
      "what is one of several",
      compiler.count(things, { kind: "in", field: "code", path: [], operands: ["code 1", "code 2"] }),
      /Index (Only )?Scan.*things_code|Bitmap Index Scan on .?things_code/,
    ],
    ["what is missing", compiler.count(things, { kind: "missing", field: "price", path: [] }), /things_.*price/],
    ["a search", compiler.count(things, search("number77")), /Bitmap Index Scan on .?things_words/],
    [
      "a search for a rare word in the order of the ids",
      page([asc("id")], undefined, search("number77")),
      /Bitmap Index Scan on .?things_words/,
    ],
    [
      "a search for a word that nothing holds",
      page([asc("price"), asc("id")], undefined, search("nowhere")),
      /Bitmap Index Scan on .?things_words/,
    ],
    [
      "what has a text in a list",
      page([asc("id")], undefined, has("tags", "only 77")),
      /Bitmap Index Scan on .?things_tags/,
    ],
    [
      "what has a number in a list",
      page([asc("id")], undefined, has("marks", 777)),
      /Bitmap Index Scan on .?things_marks/,
    ],
    ["what has a value in a list", compiler.count(things, has("notes", 777)), /Bitmap Index Scan on .?things_notes/],
    [
      "a search for a rare word among common ones",
      compiler.select(stories, { where: search("only77"), order: [asc("id")], limit: 20, after: undefined }),
      /Bitmap Index Scan on .?stories_words/,
    ],
    [
      "a search by relevance",
      page([asc(relevance), asc("id")], undefined, search("number7")),
      /Bitmap Index Scan on .?things_words/,
    ],
    [
      "what is related to one record",
      compiler.count(makers, {
        kind: "and",
        of: [equal("name", "maker 7"), { kind: "related", relation: "things", where: equal("stock", 3) }],
      }),
      /makers_name[^]*things_|things_[^]*makers_name/,
    ],
  ])("%s", async ([, sql, uses]) => {
    const plan = await planOf(sql);
    expect(plan).toMatch(uses);
    expect(plan).not.toMatch(/Seq Scan/);
  });
});

test("what is planned for each value is not kept as a prepared statement, and everything else is", async () => {
  const connections = createConnections({ url: database.url, poolSize: 1, statementTime: 5000 });
  const searched = page([asc("id")], undefined, search("title"));
  const listed = page([asc("id")], undefined, has("tags", "tag 7"));
  // Each twice, because they take turns on two connections.
  for (const sql of [searched, listed, page([asc("id")]), searched, listed, page([asc("id")])])
    await connections.shared(sql);
  const kept = await connections.shared({ text: "SELECT statement FROM pg_prepared_statements", values: [] });
  await connections.close();
  expect(kept).toEqual([[page([asc("id")]).text]]);
});

test("transactions that look for different items of a list, and write, don't fail because of each other", async () => {
  const engine = createPostgresEngine(model, {
    url: database.url,
    poolSize: 2,
    statementTime: 5000,
    transactionTime: 5000,
  });
  let runs = 0;
  const bothHaveRead = Promise.withResolvers<void>();
  const work = (item: string): Promise<void> =>
    engine.write(async (writer) => {
      expect(await writer.count(things, has("tags", item))).toBe(1);
      if (++runs === 2) bothHaveRead.resolve();
      await bothHaveRead.promise;
      const values = { code: `of ${item}`, title: "", price: null, stock: 0, maker: null, marks: [], notes: [] };
      await writer.insert(things, recordOf({ id: uuidv7(), tags: [`with ${item}`], ...values }));
    });
  await Promise.all([work("only 77"), work("only 23456")]);
  await engine.close();
  expect(runs).toBe(2);
});
