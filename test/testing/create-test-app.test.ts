import { expect, expectTypeOf, test, vi } from "vitest";
import {
  action,
  backend,
  collection,
  everyone,
  GalleyError,
  integer,
  owner,
  ref,
  role,
  text,
  timestamp,
  users,
} from "galley";
import { createTestApp } from "galley/testing";
import pg from "pg";
import { findPostgres } from "../contract/postgres-server.ts";

const people = users({ fields: { name: text({ max: 100 }), nickname: text().optional() } });

const boards = collection("boards", {
  fields: {
    name: text(),
    lead: ref("users").default(({ user }) => user?.id ?? null),
    cards: integer().default(0),
    openedAt: timestamp().default(({ now }) => now),
  },
  access: { read: everyone, create: owner("lead"), write: owner("lead").or(role("admin")) },
});

const cards = collection("cards", {
  fields: { board: ref("boards", { onDelete: "cascade" }), title: text({ max: 20 }) },
  access: { read: owner("board.lead"), write: owner("board.lead") },
  hooks: {
    async afterCreate(card, { db }) {
      const { cards: count } = await db.unrestricted(boards).update(card.board, { cards: { increment: 1 } });
      if (count > 3) throw new GalleyError("conflict", "A board has at most 3 cards.");
    },
  },
});

const fail = action("fail", {
  access: everyone,
  run() {
    throw new Error("the cause");
  },
});

const definition = backend({
  collections: [people, boards, cards],
  actions: [fail],
  roles: ["editor"],
  limits: { requests: { limit: 3, window: 60 } },
  seed: async ({ db }) => void (await db(people).create({ email: "seeded@example.com", name: "Seed" })),
});

test("each app has a database of its own, empty at first", async () => {
  await using first = await createTestApp(definition);
  await using second = await createTestApp(definition);
  await first.create(boards, { name: "Plans" });
  expect(await first.db(boards).count()).toBe(1);
  expect(await second.db(boards).count()).toBe(0);
  await using third = await createTestApp(definition);
  expect(await third.db(boards).count()).toBe(0);
  expect(await third.db(people).count()).toBe(0);
});

test("an action without a transaction waits and calls others, and keeps nobody from writing meanwhile", async () => {
  const open = { read: everyone, write: everyone };
  const notes = collection("notes", { fields: { body: text().search() }, access: open });
  const gate = Promise.withResolvers<void>();
  const add = action("add", {
    access: everyone,
    run: async ({ db }) => void (await db(notes).create({ body: "by a call" })),
  });
  const addLater = action("addLater", {
    access: everyone,
    transaction: false,
    async run({ call, db }) {
      await db(notes).count();
      await gate.promise;
      await call(add, {});
      // What a search ranks by is nobody's field.
      expect(Object.keys((await db(notes).find({ search: "call" })) ?? {})).not.toContain("%relevance");
    },
  });
  await using app = await createTestApp(backend({ collections: [notes], actions: [add, addLater] }));
  const later = app.post("/api/actions/addLater", {});
  expect((await app.post("/api/notes", { body: "beside it" })).status).toBe(201);
  gate.resolve();
  expect((await later).status).toBe(204);
  expect(await app.db(notes).count()).toBe(2);
});

test("the seed is asked for", async () => {
  await using app = await createTestApp(definition, { seed: true });
  expect(await app.db(people).all()).toMatchObject([{ email: "seeded@example.com" }]);
});

test("a user is signed in without a password, and is who the rules say", async () => {
  await using app = await createTestApp(definition);
  const alice = await app.user({ email: "alice@example.com", name: "Alice", role: "editor" });
  const bob = await app.user();
  expect(alice).toMatchObject({ email: "alice@example.com", name: "Alice", roles: ["editor"] });
  expect(bob).toMatchObject({ roles: [], nickname: null });

  const session = await app.as(alice).get<{ user: { id: string } }>("/api/auth/session");
  expect(session).toMatchObject({ status: 200, body: { user: { id: alice.id, roles: ["editor"] } } });
  expect(await app.get("/api/auth/session")).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  expect(await app.as(null).get("/api/auth/session")).toMatchObject({ status: 401 });

  const board = await app.as(alice).post<{ id: string }>("/api/boards", { name: "Plans" });
  expect(board).toMatchObject({ status: 201, body: { lead: alice.id } });
  const path = `/api/boards/${board.body.id}`;
  expect(await app.as(bob).patch(path, { name: "Mine" })).toMatchObject({ status: 403 });
  expect(await app.as(alice).patch(path, { name: "Ours" })).toMatchObject({ status: 200, body: { name: "Ours" } });
  expect(await app.as(alice).put(path, { name: "Whole" }, { "if-match": '"no"' })).toMatchObject({ status: 412 });
  expect(await app.as(alice).delete(path)).toMatchObject({ status: 204, body: null, text: "" });
});

test("who is given a password signs in with it, and nobody else has one", async () => {
  await using app = await createTestApp(definition);
  const { email } = await app.user({ password: "a good password" });
  const signIn = (input: object) => app.post("/api/auth/sign-in", input);
  expect(await signIn({ email, password: "a good password" })).toMatchObject({ status: 200 });
  const other = await app.user();
  expect(await signIn({ email: other.email, password: "a good password" })).toMatchObject({ status: 401 });
});

test("what a user can't be is refused, and so is acting for nobody's id", async () => {
  await using app = await createTestApp(definition);
  await expect(app.user({ role: "king" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(app.user({ email: "none" })).rejects.toMatchObject({ code: "invalid_input" });
  const id = "00000000-0000-7000-8000-000000000000";
  await expect(app.as({ id }).get("/api/boards")).rejects.toThrow("refers to a record of users that does not exist");
  await expect(app.as({ id }).db(boards).list()).rejects.toThrow(`There is no user ${id}.`);
});

test("what repositories don't offer is refused, where it would do nothing", async () => {
  await using app = await createTestApp(definition);
  // @ts-expect-error -- records are whole
  await expect(app.db(boards).list({ include: ["cards"] })).rejects.toThrow("include is not offered here");
  // @ts-expect-error -- nor is there a total of a page
  await expect(app.db(boards).find({ total: true })).rejects.toMatchObject({ code: "invalid_query" });
});

test("fetch takes a whole request, and sends the session along unless it brings another", async () => {
  await using app = await createTestApp(definition);
  const alice = await app.user();
  const request = new Request("http://other.test/api/auth/session", { headers: { "request-id": "mine" } });
  const response = await app.as(alice).fetch(request);
  expect(response.status).toBe(200);
  expect(response.headers.get("request-id")).toBe("mine");
  const other = await app.as(alice).fetch("/api/auth/session", { headers: { authorization: "Bearer none" } });
  expect(other.status).toBe(401);
});

test("the typed client is that of the caller", async () => {
  await using app = await createTestApp(definition);
  const alice = await app.user({ name: "Alice" });
  expectTypeOf(alice.nickname).toEqualTypeOf<string | null>();
  const { client } = app.as(alice);
  const board = await client.boards.create({ name: "Plans" });
  expectTypeOf(board.lead).toEqualTypeOf<string>();
  expect(board).toMatchObject({ name: "Plans", lead: alice.id });
  expect(await app.client.boards.list({ where: { name: "Plans" } })).toMatchObject({ data: [{ id: board.id }] });
  await expect(app.client.cards.list()).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(app.as(await app.user()).client.boards.delete(board.id)).rejects.toMatchObject({ code: "forbidden" });
  const [card] = await client.$batch((batch) => [batch.cards.create({ board: board.id, title: "Begin" })]);
  expect(await app.db(cards).get(card.id)).toMatchObject({ title: "Begin" });
  // @ts-expect-error -- there is no such field
  await expect(app.user({ nmae: "Alice" })).rejects.toMatchObject({ code: "invalid_input" });
});

test("the clock stands still, and time passes when the test says so", async () => {
  await using app = await createTestApp(definition, { now: "2026-03-01T12:00:00Z" });
  const alice = await app.user();
  const caller = app.as(alice);
  const first = await caller.post<{ createdAt: string }>("/api/boards", { name: "Plans" });
  expect(first.body).toMatchObject({ createdAt: "2026-03-01T12:00:00.000Z", openedAt: "2026-03-01T12:00:00.000Z" });
  app.clock.advance({ hours: 1 });
  expect((await app.create(boards)).createdAt).toBe("2026-03-01T13:00:00.000Z");
  app.clock.advance({ days: 31 });
  expect(await caller.get("/api/auth/session")).toMatchObject({ status: 401 });
  app.clock.set("2026-03-02T00:00:00Z");
  expect(await caller.get("/api/auth/session")).toMatchObject({ status: 200 });
});

test("fixtures are what the test says, and the rest is made up, with what it must refer to", async () => {
  await using app = await createTestApp(definition);
  const [first, second] = await app.create(boards, [{ name: "Plans", cards: 2 }, {}]);
  expect(first).toMatchObject({ name: "Plans", cards: 2, openedAt: "2026-01-01T00:00:00.000Z", version: 1 });
  expect(second).toMatchObject({ name: "name 2", cards: 0 });
  expect(first.lead).not.toBe(second.lead);
  const card = await app.create(cards, { title: "Begin" });
  expect(await app.db(boards).get(card.board)).toMatchObject({ name: "name 3", cards: 1 });
  expect(await app.create(cards, { board: first.id })).toMatchObject({ board: first.id, title: "title 2" });
  expect(await app.create(cards, [])).toEqual([]);
});

test("fixtures go the way of every write: checked, with hooks, all or none", async () => {
  await using app = await createTestApp(definition);
  await expect(app.create(boards, { name: 1 as never })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(app.create(boards, { nmae: "Plans" } as never)).rejects.toMatchObject({ code: "invalid_input" });
  const board = await app.create(boards);
  const four = [1, 2, 3, 4].map(() => ({ board: board.id }));
  await expect(app.create(cards, four)).rejects.toThrow("at most 3 cards");
  expect(await app.db(cards).count()).toBe(0);
  expect(await app.db(boards).get(board.id)).toMatchObject({ cards: 0, version: 1 });
});

test("db knows no rules, and that of a caller knows theirs", async () => {
  await using app = await createTestApp(definition);
  const [alice, bob] = [await app.user(), await app.user()];
  const board = await app.create(boards, { lead: alice.id });
  const card = await app.create(cards, { board: board.id });
  expect(await app.db(cards).get(card.id)).toEqual(card);
  expect(await app.as(alice).db(cards).list()).toMatchObject({ data: [{ id: card.id }] });
  expect(await app.as(bob).db(cards).all()).toEqual([]);
  expect(await app.as(bob).db.unrestricted(cards).find({})).toMatchObject({ id: card.id });
  await expect(app.as(bob).db(cards).delete(card.id)).rejects.toMatchObject({ code: "not_found" });
  await expect(app.as(null).db(cards).list()).rejects.toMatchObject({ code: "unauthenticated" });
  await app.as(alice).db(cards).update(card.id, { title: "Changed" });
  await app.as(alice).db(cards).delete(card.id);
  expect(await app.db(cards).count()).toBe(0);
});

test("a transaction outside of requests is stored as a whole or not at all", async () => {
  await using app = await createTestApp(definition);
  const { id: lead } = await app.user();
  const made = await app.db.transaction(async (db) => {
    const board = await db(boards).create({ name: "Plans", lead });
    return [board, await db(cards).create({ board: board.id, title: "Begin" })];
  });
  expect(made).toMatchObject([{ name: "Plans" }, { title: "Begin" }]);
  const lost = app.db.transaction(async (db) => {
    await db(boards).create({ name: "Lost", lead });
    throw new Error("changed its mind");
  });
  await expect(lost).rejects.toThrow("changed its mind");
  // The hook refuses the fourth card once it is stored: who catches that must not keep it.
  const caught = app.db.transaction(async (db) => {
    const { id } = await db(boards).create({ name: "Full", lead });
    for (const title of "abcd")
      await db(cards)
        .create({ board: id, title })
        .catch(() => undefined);
  });
  await expect(caught).rejects.toThrow("at most 3 cards");
  const waiting = app.db.transaction(() => new Promise(() => undefined), 20);
  await expect(waiting).rejects.toThrow("after 20 ms");
  expect(await app.db(boards).all()).toMatchObject([{ name: "Plans", cards: 1 }]);
});

test("callers are not limited unless the test asks for it", async () => {
  await using free = await createTestApp(definition);
  await using limited = await createTestApp(definition, { rateLimits: true });
  const statuses = async (app: typeof free) => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.get("/api/boards")));
    return answers.map(({ status }) => status);
  };
  expect(await statuses(free)).toEqual([200, 200, 200, 200, 200]);
  expect(await statuses(limited)).toEqual([200, 200, 200, 429, 429]);
  limited.clock.advance({ minutes: 1 });
  expect(await limited.get("/api/boards")).toMatchObject({ status: 200 });
});

test("what went wrong inside is printed, and kept for the test to read", async () => {
  const printed = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await using app = await createTestApp(definition);
    expect(await app.post("/api/actions/fail")).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(app.logged).toMatchObject([{ level: "error", message: "POST /api/actions/fail failed" }]);
    expect(printed.mock.calls.join("")).toContain("Error: the cause");
  } finally {
    printed.mockRestore();
  }
});

test("what is no backend, and what is no server, is said to be none", async () => {
  await expect(createTestApp({} as never)).rejects.toThrow("A test takes what backend");
  await expect(createTestApp(definition, { database: "sqlite:data.db" })).rejects.toThrow("is a PostgreSQL server");
});

test("a test on PostgreSQL has a database of its own there, until it ends", async () => {
  const server = await findPostgres();
  const databases = async () => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    const { rows } = await client.query(
      "SELECT datname FROM pg_database WHERE datname LIKE 'galley_test_' || $1 || '_%'",
      [process.pid],
    );
    await client.end();
    return rows.length;
  };
  {
    await using app = await createTestApp(definition, { database: server });
    await using other = await createTestApp(definition, { database: server });
    const alice = await app.user();
    await app.create(cards, { board: (await app.create(boards, { lead: alice.id })).id });
    expect(await app.as(alice).get("/api/cards?board.name=name 1")).toMatchObject({
      body: { data: [{ title: "title 1" }] },
    });
    expect(await other.db(boards).count()).toBe(0);
    expect(await databases()).toBe(2);
  }
  expect(await databases()).toBe(0);
  const broken = backend({ collections: [people], seed: () => Promise.reject(new Error("no seed")) });
  await expect(createTestApp(broken, { database: server, seed: true })).rejects.toThrow("no seed");
  expect(await databases()).toBe(0);
});

test("closing twice is closing once", async () => {
  const app = await createTestApp(definition);
  await app.close();
  await app.close();
});
