import { expect, onTestFinished, test } from "vitest";
import { createClient, type TokenStorage } from "../../src/client/index.ts";
import { createTestApp } from "../../src/testing/index.ts";
import definition from "./backend.ts";
import { origin } from "./open-client.ts";

const grace = { email: "grace@example.com", password: "a good password" };

async function open() {
  const app = await createTestApp(definition);
  onTestFinished(() => app.close());
  const fetch = (request: Request) => app.fetch(request);
  return { app, fetch, shop: createClient<typeof definition>(origin, { fetch }) };
}

test("who signs up is signed in until they sign out", async () => {
  const { shop } = await open();
  expect(await shop.auth.session()).toBeNull();
  const { user } = await shop.auth.signUp({ ...grace, name: "Grace" });
  expect(user).toMatchObject({ email: grace.email, name: "Grace", plan: "free", roles: [] });
  expect((await shop.auth.session())?.user).toEqual(user);
  expect((await shop.users.get(user.id)).id).toBe(user.id);

  expect(await shop.auth.signOut()).toBeUndefined();
  expect(await shop.auth.session()).toBeNull();
  expect(await shop.users.get(user.id).result()).toMatchObject({ ok: false, error: { code: "unauthenticated" } });
  await shop.auth.signOut();

  await expect(shop.auth.signIn({ ...grace, password: "wrong" })).rejects.toMatchObject({ code: "unauthenticated" });
  expect((await shop.auth.signIn(grace)).user).toEqual(user);
  await shop.auth.changePassword({ currentPassword: grace.password, newPassword: "a better password" });
  expect((await shop.auth.session())?.user.id).toBe(user.id);
});

test("a token is kept where the application says, and forgotten when its session ends", async () => {
  const { app, fetch } = await open();
  const kept: (string | null)[] = [];
  const storage: TokenStorage = {
    get: () => Promise.resolve(kept.at(-1)),
    set: (token) => Promise.resolve(void kept.push(token)),
  };
  const shop = createClient<typeof definition>(origin, { fetch, storage });
  const { token } = await shop.auth.signUp(grace);
  expect(kept).toEqual([token]);
  expect((await createClient<typeof definition>(origin, { fetch, storage }).auth.session())?.user.email).toBe(
    grace.email,
  );

  // What has ended is told, and is in nobody's way who signs in again.
  app.clock.advance({ days: 40 });
  await expect(shop.films.list()).rejects.toMatchObject({ code: "unauthenticated" });
  const again = await shop.auth.signIn(grace);
  expect(kept).toEqual([token, again.token]);
  await shop.films.list();

  await shop.auth.signOut({ everywhere: true });
  expect(kept.at(-1)).toBeNull();
  await expect(shop.auth.signOut({ everywhere: true })).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a server has a client for each of its visitors", async () => {
  const { shop, fetch } = await open();
  const { token, user } = await shop.auth.signUp(grace);
  const nobody = shop.$as(null);
  expect(await nobody.auth.session()).toBeNull();
  const visitor = nobody.$as(token);
  expect((await visitor.auth.session())?.user.id).toBe(user.id);
  expect((await createClient<typeof definition>(origin, { fetch, token }).auth.session())?.user.id).toBe(user.id);
  await visitor.auth.signOut();
  // The session was one: it has ended for whoever else has its token.
  expect(await visitor.auth.session()).toBeNull();
  await expect(shop.users.get(user.id)).rejects.toMatchObject({ code: "unauthenticated" });
});
