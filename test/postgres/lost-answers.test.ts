import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { createModel } from "../../src/schema/model.ts";
import { action, backend, collection, everyone, text } from "galley";
import { type App, createApp } from "galley/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FaultyProxy, openFaultyProxy } from "./faulty-proxy.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const notes = collection("notes", { fields: { body: text() }, access: { read: everyone, write: everyone } });
const prepared = action("prepared", {
  input: { body: text() },
  access: everyone,
  prepare: () => "prepared",
  run: async ({ input, db }) => void (await db(notes).create(input)),
});
const plain = action("plain", {
  input: { body: text() },
  access: everyone,
  run: async ({ input, db }) => void (await db(notes).create(input)),
});
const definition = backend({ collections: [notes], actions: [prepared, plain] });

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

async function post(path: string, body: string, key?: string) {
  const headers = { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) };
  const init = { method: "POST", body: JSON.stringify({ body }), headers };
  const response = await app.fetch(new Request(`http://notes.test/api${path}`, init));
  const answer = await response.text();
  const { detail } = answer === "" ? {} : JSON.parse(answer);
  return { status: response.status, detail, replayed: response.headers.get("idempotency-replayed") };
}

const stored = async () => (await database.run("SELECT body FROM notes ORDER BY body")).map(({ body }) => body);

test.each(["/notes", "/actions/plain", "/actions/prepared"])(
  "what was committed and not answered is answered to a repetition under the same key, and not done twice: %s",
  async (path) => {
    proxy.loseAnswerTo("COMMIT", "one note");
    const lost = await post(path, "one note", "key");
    expect(lost).toMatchObject({
      status: 503,
      detail: expect.stringContaining("repeat it with the same Idempotency-Key"),
    });
    expect(await stored()).toEqual(["one note"]);
    expect(await post(path, "one note", "key")).toMatchObject({ replayed: "true" });
    expect(await stored()).toEqual(["one note"]);
  },
);

test.each([
  ["/notes", "INSERT"],
  ["/actions/plain", "COMMIT"],
])("nobody is told that nothing was done where it may have been: %s", async (path, command) => {
  proxy.loseAnswerTo(command, "one note");
  expect(await post(path, "one note")).toMatchObject({
    status: 503,
    detail: expect.stringContaining("whether this was stored"),
  });
  expect(await stored()).toEqual(["one note"]);
  await proxy.refuse();
  const refused = await post(path, "another");
  expect(refused).toMatchObject({ status: 503, detail: expect.not.stringContaining("whether this was stored") });
});

test("what was committed in the lane of those who collide is done, though the lock could not be given back", async () => {
  const how = { url: proxy.url, poolSize: 2, statementTime: 10_000, transactionTime: 2000 };
  const model = createModel([notes]);
  const engine = createPostgresEngine(model, how);
  let runs = 0;
  const written = engine.write(async (writer) => {
    const now = new Date(0).toISOString();
    const id = "0192d3a0-7b1c-7def-8123-456789abcdef";
    await writer.insert(model.collection("notes"), { id, body: "late", createdAt: now, updatedAt: now, version: 1 });
    if (++runs < 4) throw Object.assign(new Error("could not serialize access"), { code: "40001" });
    proxy.loseAnswerTo("pg_advisory_unlock", "4742559");
    return runs;
  });
  expect(await written).toBe(4);
  expect(await stored()).toEqual(["late"]);
  await engine.close();
});
