import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { backend } from "../../src/index.ts";
import { type App, createApp } from "../../src/server/index.ts";

const email = "boss@company.example";
const strangers = "the password of a stranger";
const own = "the password of the boss";

async function send(app: App, path: string, body?: object, token = ""): Promise<Response> {
  const headers = { "content-type": "application/json", ...(token !== "" && { authorization: `Bearer ${token}` }) };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return app.fetch(new Request(`http://app.test/api${path}`, { headers, ...sent }));
}

it("An account that becomes the administrator at a start has a new password, and nobody's session", async () => {
  const folder = mkdtempSync(join(tmpdir(), "galley-first-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options = { database: `sqlite:${join(folder, "data.db")}`, rateLimits: false };

  const before = await createApp(backend({ collections: [] }), options);
  const signedUp = await send(before, "/auth/sign-up", { email, password: strangers });
  const { token, user } = (await signedUp.json()) as { readonly token: string; readonly user: { readonly id: string } };
  expect((await send(before, "/auth/session", undefined, token)).status).toBe(200);
  await before.close();

  const app = await createApp(backend({ collections: [] }), { ...options, administrator: { email, password: own } });
  onTestFinished(() => app.close());
  expect((await send(app, "/auth/session", undefined, token)).status).toBe(401);
  expect((await send(app, "/auth/sign-in", { email, password: strangers })).status).toBe(401);
  const entered = await send(app, "/auth/sign-in", { email, password: own });
  expect(await entered.json()).toMatchObject({ user: { id: user.id, roles: ["admin"] } });

  // The next start finds an administrator, and leaves everybody as they are.
  const next = await createApp(backend({ collections: [] }), {
    ...options,
    administrator: { email, password: strangers },
  });
  onTestFinished(() => next.close());
  expect((await send(next, "/auth/sign-in", { email, password: strangers })).status).toBe(401);
  expect((await send(next, "/auth/sign-in", { email, password: own })).status).toBe(200);
});
