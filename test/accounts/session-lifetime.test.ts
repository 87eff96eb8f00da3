import { afterAll, beforeAll, expect, test } from "vitest";
import { createFakeClock } from "../../src/kit/clock.ts";
import { backend } from "../../src/index.ts";
import { type App, createApp } from "../../src/server/index.ts";

const day = 24 * 60 * 60 * 1000;
const clock = createFakeClock("2026-01-01T00:00:00Z");
let app: App;

beforeAll(async () => {
  app = await createApp(backend({ collections: [] }), { clock });
});

afterAll(() => app.close());

test("a session lasts 30 days from its last use, and no longer", async () => {
  const { token } = await signUp("harpo@example.com");
  clock.advance(29 * day);
  expect(await ask(token)).toBe(200);
  // The end is moved on beside the answer; one more write comes after it.
  await signUp("chico@example.com");
  clock.advance(29 * day);
  expect(await ask(token)).toBe(200);
  await signUp("zeppo@example.com");
  clock.advance(30 * day);
  expect(await ask(token)).toBe(401);
});

test("use within a day of the last writes nothing", async () => {
  const { token } = await signUp("groucho@example.com");
  const before = await expiryOf(token);
  clock.advance(day / 2);
  expect(await expiryOf(token)).toBe(before);
});

async function signUp(email: string): Promise<{ readonly token: string }> {
  const response = await app.fetch(
    new Request("http://localhost/api/auth/sign-up", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: "horse feathers" }),
    }),
  );
  expect(response.status).toBe(201);
  return (await response.json()) as { readonly token: string };
}

function session(token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return app.fetch(new Request("http://localhost/api/auth/session", { headers }));
}

async function ask(token: string): Promise<number> {
  return (await session(token)).status;
}

async function expiryOf(token: string): Promise<string> {
  const { session: found } = (await (await session(token)).json()) as { readonly session: { expiresAt: string } };
  return found.expiresAt;
}
