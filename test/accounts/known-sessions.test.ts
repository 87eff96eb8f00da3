import { DatabaseSync } from "node:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFakeClock } from "../../src/kit/clock.ts";
import { action, backend, collection, signedIn, text, users } from "../../src/index.ts";
import { type App, createApp } from "../../src/server/index.ts";

// What is known of a session is not asked of the database again until a session or a user is written.
const folder = mkdtempSync(join(tmpdir(), "galley-known-"));
const file = join(folder, "galley.db");
const people = users();
/** Code that takes the user for its own. */
const promote = action("promote", {
  access: signedIn,
  transaction: false,
  run({ user }) {
    (user.roles as string[]).push("admin");
    return Promise.resolve();
  },
});
/** Whom the rule of something was asked about. */
const asked = new Set<unknown>();
const things = collection("things", {
  fields: { name: text() },
  access: {
    read({ user }) {
      asked.add(user);
      return false;
    },
  },
});
const clock = createFakeClock();
let app: App;
beforeAll(async () => {
  app = await createApp(backend({ collections: [people, things], actions: [promote] }), {
    database: `sqlite:${file}`,
    clock,
  });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

function ask(path: string, token: string | undefined, method = "GET", body?: object): Promise<Response> {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return app.fetch(new Request(`http://localhost/api${path}`, { method, headers, ...content }));
}

/** Everyone sees themselves, and an administrator the others too. */
async function usersSeenBy(token: string): Promise<number> {
  return ((await (await ask("/users", token)).json()) as { readonly data: readonly unknown[] }).data.length;
}

async function signUp(email: string): Promise<string> {
  const response = await ask("/auth/sign-up", undefined, "POST", { email, password: "horse feathers" });
  return ((await response.json()) as { readonly token: string }).token;
}

test("a session that was ended is refused at once, however often it was used before", async () => {
  const token = await signUp("harpo@example.com");
  for (let time = 0; time < 3; time++) expect((await ask("/auth/session", token)).status).toBe(200);
  expect((await ask("/auth/sign-out", token, "POST")).status).toBe(204);
  expect((await ask("/auth/session", token)).status).toBe(401);
});

test("a user who is changed is another one in the next request", async () => {
  const token = await signUp("chico@example.com");
  const { user } = (await (await ask("/auth/session", token)).json()) as { readonly user: { readonly id: string } };
  expect(await usersSeenBy(token)).toBe(1);
  await app.db(people).update(user.id, { roles: ["admin"] });
  expect(await usersSeenBy(token)).toBeGreaterThan(1);
});

test("a session that another program ends in the file is refused a second later", async () => {
  const token = await signUp("zeppo@example.com");
  expect((await ask("/auth/session", token)).status).toBe(200);
  const other = new DatabaseSync(file);
  other.exec("DELETE FROM _sessions");
  other.close();
  clock.advance(1001);
  // What one turn of the event loop reads is of one moment.
  await nextTurn();
  expect((await ask("/auth/session", token)).status).toBe(401);
});

test("what code makes of the user in one request is not so in the next", async () => {
  const token = await signUp("gummo@example.com");
  expect((await ask("/actions/promote", token, "POST", {})).status).toBe(500);
  expect(await usersSeenBy(token)).toBe(1);
});

test("a session that is looked up again, and hasn't changed, is of the same user: what was made for them is found by it", async () => {
  const token = await signUp("margaret@example.com");
  const ask3 = async (): Promise<number> => {
    asked.clear();
    for (let time = 0; time < 3; time++) {
      clock.advance(1001);
      await nextTurn();
      await ask("/things", token);
    }
    return asked.size;
  };
  expect(await ask3()).toBe(1);
  const [before] = asked;
  const { user } = (await (await ask("/auth/session", token)).json()) as { readonly user: { readonly id: string } };
  await app.db(people).update(user.id, { roles: ["admin"] });
  expect(await ask3()).toBe(1);
  const [after] = asked;
  expect([before, after]).toMatchObject([{ roles: [] }, { roles: ["admin"] }]);
});
