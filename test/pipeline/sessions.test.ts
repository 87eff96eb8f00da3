import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../src/kit/clock.ts";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { openApp } from "./open-app.ts";

const day = 24 * 60 * 60 * 1000;
const notes = collection("notes", { fields: { text: text() }, access: { read: everyone, write: everyone } });
const definition = { collections: [notes] };
const password = (name: string) => `the password of ${name}`;

describe("a session", () => {
  it("ends when it has not been used for its time, and never was for whoever asks with its token", async () => {
    const clock = createFakeClock();
    const { user } = await openApp({ ...definition, auth: { sessionDays: 2 } }, { clock });
    const ada = await user("ada");
    clock.advance(2 * day - 1000);
    expect((await ada.get("/auth/session")).status).toBe(200);
    clock.advance(3 * day);
    const ended = await ada.get("/auth/session");
    expect(ended).toMatchObject({ status: 401, code: "unauthenticated" });
    expect(ended.headers.get("www-authenticate")).toContain("Bearer");
    // Not even for what anyone may do: a client that believes to be signed in must be told.
    expect((await ada.get("/notes")).status).toBe(401);
  });

  it("ends for good when its user signs out: this one, or everywhere", async () => {
    const { user, anonymous, withToken } = await openApp(definition);
    const ada = await user("ada");
    const again = async () => {
      const answer = await anonymous.post("/auth/sign-in", { email: "ada@example.com", password: password("ada") });
      return withToken(String(answer.body["token"]), ada.id);
    };
    const [second, third] = [await again(), await again()];
    expect((await second.post("/auth/sign-out", {})).status).toBe(204);
    const alive = async () =>
      Promise.all([ada, second, third].map(async (caller) => (await caller.get("/auth/session")).status));
    expect(await alive()).toEqual([200, 401, 200]);
    expect((await third.post("/auth/sign-out", { everywhere: true })).status).toBe(204);
    expect(await alive()).toEqual([401, 401, 401]);
  });

  it("ends in all other places when the password is changed", async () => {
    const { user, anonymous, withToken } = await openApp(definition);
    const ada = await user("ada");
    const bob = await user("bob");
    const signIn = (word: string) => anonymous.post("/auth/sign-in", { email: "ada@example.com", password: word });
    const other = withToken(String((await signIn(password("ada"))).body["token"]));
    const change = (currentPassword: string) =>
      ada.post("/auth/change-password", { currentPassword, newPassword: "an even better one" });
    expect((await change("a wrong guess")).status).toBe(403);
    expect((await other.get("/auth/session")).status).toBe(200);
    expect((await change(password("ada"))).status).toBe(204);
    expect((await other.get("/auth/session")).status).toBe(401);
    expect((await ada.get("/auth/session")).status).toBe(200);
    expect((await bob.get("/auth/session")).status).toBe(200);
    expect((await signIn(password("ada"))).status).toBe(401);
    expect((await signIn("an even better one")).status).toBe(200);
  });

  it("ends with its user", async () => {
    const { user, admin } = await openApp(definition);
    const ada = await user("ada");
    expect((await admin.delete(`/users/${ada.id}`)).status).toBe(204);
    expect((await ada.get("/auth/session")).status).toBe(401);
  });

  it("is opened by its token only: not by its id, its hash or a part of it", async () => {
    const { user, withToken } = await openApp(definition);
    const ada = await user("ada");
    const { session } = (await ada.get("/auth/session")).body as { session: { id: string } };
    const { sha256 } = await import("../../src/kit/token.ts");
    const tries = [
      session.id,
      sha256(ada.token),
      ada.token.slice(1),
      `${ada.token}x`,
      ada.token.toUpperCase(),
      "x".repeat(5000),
    ];
    for (const token of tries) expect((await withToken(token).get("/auth/session")).status).toBe(401);
  });
});

describe("signing in", () => {
  it("answers alike, and works alike, for a wrong password and for an account that isn't there", async () => {
    const { user, anonymous } = await openApp(definition);
    await user("ada");
    const attempt = async (email: string) => {
      const started = performance.now();
      const { status, body } = await anonymous.post("/auth/sign-in", { email, password: "a wrong password" });
      return { answer: { status, ...body, requestId: "" }, took: performance.now() - started };
    };
    const least = async (email: string) => {
      const all = [];
      for (let index = 0; index < 3; index++) all.push(await attempt(email));
      return { answer: all[0]?.answer, took: Math.min(...all.map(({ took }) => took)) };
    };
    const [known, unknown] = [await least("ada@example.com"), await least("nobody@example.com")];
    expect(unknown.answer).toEqual(known.answer);
    // A hash takes many milliseconds, everything else less than one or two.
    expect(unknown.took).toBeGreaterThan(known.took / 3);
  });

  it("knows an address in any spelling, and refuses a second account with it", async () => {
    const { user, anonymous } = await openApp(definition);
    await user("ada");
    const signIn = await anonymous.post("/auth/sign-in", { email: "ADA@Example.com", password: password("ada") });
    expect(signIn.status).toBe(200);
    const twin = await anonymous.post("/auth/sign-up", { email: "Ada@EXAMPLE.com", password: "long enough" });
    expect(twin).toMatchObject({ status: 409, code: "conflict" });
  });

  it("can be tried ten times a minute: at one account from anywhere, from one address at any", async () => {
    const clock = createFakeClock();
    const { app } = await openApp(definition, { clock, rateLimits: true });
    const attempt = async (email: string, address: string) => {
      const request = new Request("http://app.test/api/auth/sign-in", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, password: "a guess" }),
      });
      const response = await app.fetch(request, { address });
      return { status: response.status, headers: response.headers };
    };
    for (let index = 0; index < 10; index++) {
      expect((await attempt("ada@example.com", `198.51.100.${index}`)).status).toBe(401);
    }
    const refused = await attempt("ada@example.com", "203.0.113.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("ratelimit")).not.toBeNull();
    expect(refused.headers.get("ratelimit-policy")).not.toBeNull();
    expect((await attempt("ADA@example.com", "203.0.113.2")).status).toBe(429);
    expect((await attempt("bob@example.com", "203.0.113.3")).status).toBe(401);
    for (let index = 0; index < 10; index++) await attempt(`user${index}@example.com`, `2001:db8:0:1::${index}`);
    expect((await attempt("user99@example.com", "2001:db8::1:ffff:0:0:1")).status).toBe(429);
    expect((await attempt("user99@example.com", "2001:db8:0:2::1")).status).toBe(401);
    clock.advance(60_000);
    expect((await attempt("ada@example.com", "203.0.113.1")).status).toBe(401);
  });
});

describe("limits", () => {
  it("count every caller, and those most of all who try tokens", async () => {
    const clock = createFakeClock();
    const limits = { requests: { limit: 5, window: 60 } };
    const { app } = await openApp({ ...definition, limits }, { clock, rateLimits: true });
    const ask = async (address: string, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await app.fetch(new Request("http://app.test/api/notes", { headers }), { address })).status;
    };
    const statuses = [];
    for (let index = 0; index < 6; index++) statuses.push(await ask("192.0.2.1"));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const guesses = [];
    for (let index = 0; index < 6; index++) guesses.push(await ask("192.0.2.2", `guess${index}`));
    expect(guesses).toEqual([401, 401, 401, 401, 401, 429]);
    clock.advance(60_000);
    expect(await ask("192.0.2.1")).toBe(200);
  });

  it("of an action count that action, whatever it is called", async () => {
    const requests = action("requests", { access: everyone, limit: { limit: 2, window: 60 }, run: () => undefined });
    const { anonymous } = await openApp({ ...definition, actions: [requests] }, { rateLimits: true });
    const statuses = [];
    for (let index = 0; index < 3; index++) statuses.push((await anonymous.post("/actions/requests")).status);
    expect(statuses).toEqual([204, 204, 429]);
    expect((await anonymous.get("/notes")).status).toBe(200);
  });
});
