import { setTimeout as sleep } from "node:timers/promises";
import { action, backend, collection, everyone, integer, text } from "galley";
import { type App, createApp } from "galley/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FaultyProxy, openFaultyProxy } from "./faulty-proxy.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const notes = collection("notes", {
  fields: { body: text(), number: integer() },
  access: { read: everyone, write: everyone },
});
const bump = action("bump", {
  input: { id: text() },
  access: everyone,
  async run({ input, db }) {
    const note = await db.unrestricted(notes).get(input.id);
    await db.unrestricted(notes).update(input.id, { number: note.number + 1 });
  },
});
const definition = backend({ collections: [notes], actions: [bump] });

let database: FreshDatabase;
let proxy: FaultyProxy;
let app: App;
beforeEach(async () => {
  database = await freshDatabase();
  proxy = await openFaultyProxy(database.url);
  app = await createApp(definition, { database: proxy.url, rateLimits: false });
});
afterEach(async () => {
  await app.close();
  await proxy.close();
  await database.drop();
});

interface Told {
  readonly status: number;
  readonly code: unknown;
  readonly retryAfter: string | null;
  readonly id: string;
}

async function send(method: string, path: string, body?: unknown): Promise<Told> {
  const response = await app.fetch(
    new Request(`http://notes.test/api${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    }),
  );
  const answer = await response.text();
  const { code, id } = answer === "" ? {} : JSON.parse(answer);
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, code, retryAfter, id: String(id) };
}

const create = (body: string) => send("POST", "/notes", { body, number: 0 });
const list = () => send("GET", "/notes?limit=1");

/** Reads, writes and actions at once, all of which are shed, while the server is still away. */
async function expectShed(id: string): Promise<void> {
  const asked = Array.from({ length: 10 }, () => [
    list(),
    create("x"),
    send("GET", `/notes/${id}`),
    send("POST", "/actions/bump", { id }),
  ]);
  const answers = await Promise.all(asked.flat());
  for (const answer of answers) expect(answer).toMatchObject({ status: 503, code: "overloaded", retryAfter: "1" });
}

/** The service comes back by itself, for reads and writes alike. */
async function expectBack(): Promise<void> {
  await expect.poll(async () => (await list()).status, { timeout: 10_000, interval: 20 }).toBe(200);
  expect((await create("afterwards")).status).toBe(201);
}

describe("while the server is away", () => {
  test("and connections are refused, requests are shed at once, and the service resumes by itself", async () => {
    const { id } = await create("before");
    await proxy.refuse();
    await expectShed(id);
    await expectShed(id);
    await proxy.mend();
    await expectBack();
  });

  test("and nothing is said, requests are shed meanwhile, and the service resumes by itself", async () => {
    const { id } = await create("before");
    proxy.hang();
    await expectShed(id);
    await expectShed(id);
    await proxy.mend();
    await expectBack();
  });

  test("readiness says so, and life goes on", async () => {
    const health = async (path: string): Promise<number> =>
      (await app.fetch(new Request(`http://notes.test${path}`))).status;
    expect(await health("/readyz")).toBe(200);
    await proxy.refuse();
    expect(await health("/readyz")).toBe(503);
    expect(await health("/healthz")).toBe(200);
    await proxy.mend();
    await expectBack();
    expect(await health("/readyz")).toBe(200);
  });
});

test("connections that were forgotten on the way are noticed while the server is there", async () => {
  const { id } = await create("before");
  proxy.forget();
  await Promise.all([list(), list(), create("x"), send("GET", `/notes/${id}`)]);
  await expectBack();
  await proxy.mend();
});

test("a slow statement is not taken for a server that is away", async () => {
  await create("before");
  await database.run(
    `CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.2); RETURN NEW; END'`,
  );
  await database.run(`CREATE TRIGGER slowly BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION slowly()`);
  const slow = create("slow");
  for (let count = 0; count < 10; count++) {
    expect((await list()).status).toBe(200);
    await sleep(100);
  }
  expect((await slow).status).toBe(201);
});

test("no write that was acknowledged is lost while the way to the server breaks again and again", async () => {
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  const stop = new AbortController();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let number = 0; !stop.signal.aborted; number++) {
      const { status } = await create(`${writer}.${number}`);
      statuses.add(status);
      if (status === 201) acknowledged.push(`${writer}.${number}`);
      else await sleep(20);
    }
  });
  for (let round = 0; round < 4; round++) {
    await sleep(150);
    if (round % 2 === 0) await proxy.refuse();
    else proxy.hang();
    await sleep(100);
    await proxy.mend();
    await expectBack();
  }
  stop.abort();
  await Promise.all(writers);
  expect(statuses).toEqual(new Set([201, 503]));
  const rows = await database.run("SELECT body FROM notes");
  const stored = new Set(rows.map(({ body }) => body));
  expect(acknowledged.filter((body) => !stored.has(body))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(50);
  // Each record has its entry in the feed, and no entry is without its record.
  const [feed] = await database.run(
    "SELECT count(*) FILTER (WHERE n.id IS NULL) lost, count(*) entries FROM _changes c LEFT JOIN notes n ON n.id::text = c.record WHERE c.collection = 'notes'",
  );
  expect(feed).toEqual({ lost: "0", entries: String(rows.length) });
});

test("an app closes while nothing is said", async () => {
  await create("before");
  proxy.hang();
  await app.close();
});
