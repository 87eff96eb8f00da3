import { backend, collection, everyone, json, list, number, ref, text, timestamp } from "galley";
import { type App, createApp } from "galley/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

// What many requests add at the same time travels as one statement; nobody may notice.
const authors = collection("authors", {
  fields: {
    name: text().search().unique(),
    tags: list(text()),
    born: timestamp().optional(),
    meta: json().optional(),
  },
  access: { read: everyone, write: everyone },
});
const books = collection("books", {
  fields: { title: text().search(), author: ref("authors"), weight: number().optional() },
  access: { read: everyone, write: everyone },
});

let database: FreshDatabase;
let app: App;
beforeAll(async () => {
  database = await freshDatabase();
  app = await createApp(backend({ collections: [authors, books] }), { database: database.url, rateLimits: false });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function send(method: string, path: string, body?: unknown): Promise<Told> {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await app.fetch(new Request(`http://books.test/api${path}`, { method, ...sent }));
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const author = (name: string) => ({
  name,
  tags: ["a,b", '"', "{}", ""],
  born: "1815-12-10T00:00:00.000Z",
  meta: { deep: [1.5, null, "é"] },
});

test("records that are created at once are stored as they were answered, each with its entry in the feed, in order", async () => {
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, index) => send("POST", "/authors", author(`Author ${index}`))),
  );
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
  for (const { body } of made) expect((await send("GET", `/authors/${String(body["id"])}`)).body).toEqual(body);
  const entries = await database.run(
    `SELECT record, "transaction"::text FROM "_changes" WHERE collection = 'authors' ORDER BY "sequence"`,
  );
  expect(entries.map(({ record }) => record)).toEqual(made.map(({ body }) => body["id"]));
  // They did travel together.
  expect(new Set(entries.map(({ transaction }) => transaction)).size).toBeLessThan(made.length / 2);
  const found = await send("GET", "/authors?search=author%2017");
  expect(found.body["data"]).toEqual([expect.objectContaining({ name: "Author 17" })]);
});

test("one that violates a constraint fails alone, and says why", async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      send("POST", "/authors", author(index % 3 === 0 ? "Taken" : `Other ${index}`)),
    ),
  );
  const taken = answers.filter((_, index) => index % 3 === 0);
  expect(taken.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const { status, body } of taken.filter((answer) => answer.status !== 201)) {
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "conflict", errors: [{ path: "/name", code: "not_unique" }] });
  }
  expect(answers.filter((_, index) => index % 3 !== 0).map(({ status }) => status)).toEqual(Array(20).fill(201));
  const [{ count } = {}] = await database.run(`SELECT count(*) FROM authors WHERE name = 'Taken'`);
  expect(count).toBe("1");
});

test("a reference to what is not there is named, also where others travel with it", async () => {
  const { body } = await send("POST", "/authors", author("Ada"));
  const nobody = "01890000-0000-7000-8000-000000000000";
  const [good, bad, better] = await Promise.all([
    send("POST", "/books", { title: "One", author: body["id"] }),
    send("POST", "/books", { title: "Two", author: nobody }),
    send("POST", "/books", { title: "Three", author: body["id"], weight: 0.1 }),
  ]);
  expect([good?.status, better?.status]).toEqual([201, 201]);
  expect(bad).toMatchObject({
    status: 409,
    body: { code: "conflict", errors: [{ path: "/author", code: "invalid_reference" }] },
  });
});

test("many at once are all or none, and the one that is wrong is named by its place", async () => {
  const { body } = await send("POST", "/authors", author("Grace"));
  const nobody = "01890000-0000-7000-8000-000000000000";
  const books = [
    { title: "Four", author: body["id"] },
    { title: "Five", author: nobody },
  ];
  expect(await send("POST", "/books", books)).toMatchObject({
    status: 409,
    body: { errors: [{ path: "/1/author", code: "invalid_reference" }] },
  });
  const [{ count } = {}] = await database.run(`SELECT count(*) FROM books WHERE title IN ('Four', 'Five')`);
  expect(count).toBe("0");
});

test("a table that another program has changed is written to as it is now", async () => {
  await send("POST", "/authors", author("Before"));
  await database.run(`ALTER TABLE authors ALTER COLUMN name TYPE varchar(500) COLLATE "C"`);
  const answers = await Promise.all([
    send("POST", "/authors", author("After")),
    send("POST", "/authors", author("Later")),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
});
