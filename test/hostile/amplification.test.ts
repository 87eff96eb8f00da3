import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { createPasswordHasher } from "../../src/auth/password-hasher.ts";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { slug } from "../../src/schema/field-slug.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone, nobody, owner, role, signedIn } from "../../src/schema/rule.ts";
import { type Caller, dataOf, openApp } from "../pipeline/open-app.ts";

const films = collection("films", {
  fields: { title: text({ max: 50 }) },
  access: { read: everyone, write: signedIn },
});
const reviews = collection("reviews", {
  fields: {
    film: ref("films", { inverse: "reviews" }),
    author: ref("users", { inverse: "reviews" }).default(({ user }) => user?.id ?? null),
    stars: integer({ min: 1, max: 5 }),
  },
  access: { read: everyone, write: owner("author") },
});

describe("one request can't make work without end", () => {
  const most = 800;

  async function busyAuthor(): Promise<{ readonly author: Caller; readonly film: string; readonly review: string }> {
    const app = await openApp({ collections: [films, reviews] });
    const author = await app.user("author");
    const film = dataOf(await author.post("/films", [{ title: "Metropolis" }]))[0]?.["id"];
    const made = dataOf(
      await author.post(
        "/reviews",
        Array.from({ length: most }, () => ({ film, stars: 5 })),
      ),
    );
    return { author, film: String(film), review: String(made[0]?.["id"]) };
  }

  test("by going from one record to many and back, again and again", { timeout: 20_000 }, async () => {
    const { author } = await busyAuthor();
    const none = { stars: { lt: 5 } };
    // Neither `or` nor `not` lets the database choose a better order, and each step multiplies by 800.
    const around = (inner: object): object => ({ author: { reviews: { or: [inner, none] } } });
    for (const where of [around(around(around(none))), { not: around({ not: around(none) }) }]) {
      expect((await author.post("/reviews/search", { where, limit: 1 })).status).toBe(200);
    }
    const found = await author.post("/reviews/search", { where: around(around({ stars: 5 })), total: true });
    expect(found.body["total"]).toBe(most);
    const missed = await author.post("/reviews/search", { where: { not: around(around({ stars: 5 })) }, total: true });
    expect(missed.body["total"]).toBe(0);
  });

  test(
    "by including records that include each other: each counts as often as it is sent",
    { timeout: 20_000 },
    async () => {
      const { author, review } = await busyAuthor();
      const path = `/reviews/${review}?include=author`;
      expect((await author.get(`${path}.reviews.film`)).status).toBe(200);
      for (const far of [`${path}.reviews.author.reviews`, "/reviews?limit=200&include=author.reviews"]) {
        const answer = await author.get(far);
        expect([answer.status, answer.code]).toEqual([400, "invalid_query"]);
      }
    },
  );

  const open = { read: everyone, write: everyone };
  const tooLarge = { status: 400, code: "invalid_query", body: { detail: expect.stringMatching(/more than 32 MB/) } };

  test("by asking for a large record as often as others refer to it", async () => {
    const posters = collection("posters", { fields: { image: text({ max: 100_000 }) }, access: open });
    const copies = collection("copies", { fields: { poster: ref("posters", { inverse: "copies" }) }, access: open });
    const { anonymous } = await openApp({ collections: [posters, copies] });
    const [poster] = dataOf(await anonymous.post("/posters", [{ image: "x".repeat(99_000) }]));
    const refer = { poster: poster?.["id"] };
    for (let half = 0; half < 2; half++)
      expect(
        (
          await anonymous.post(
            "/copies",
            Array.from({ length: 200 }, () => refer),
          )
        ).status,
      ).toBe(201);
    expect((await anonymous.get("/copies?limit=200&include=poster")).status).toBe(200);
    expect(await anonymous.get(`/posters/${String(poster?.["id"])}?include=copies.poster`)).toMatchObject(tooLarge);
  });

  test.for([
    { how: "as the database writes them", note: text().optional() },
    { how: "each looked at before it is shown", note: text().readable(role("admin")).optional() },
  ])("by asking for many large records at once, $how", async ({ note }) => {
    const walls = collection("walls", { fields: { name: text() }, access: open });
    const posters = collection("posters", {
      fields: { wall: ref("walls", { inverse: "posters" }), image: text({ max: 500_000 }), note },
      access: open,
    });
    const { anonymous } = await openApp({ collections: [walls, posters] });
    const [wall] = dataOf(await anonymous.post("/walls", [{ name: "north" }]));
    const image = "x".repeat(400_000);
    for (let count = 0; count < 90; count++)
      expect((await anonymous.post("/posters", { wall: wall?.["id"], image })).status).toBe(201);
    expect((await anonymous.get("/posters?limit=50")).status).toBe(200);
    expect((await anonymous.get("/posters?limit=200&select=wall")).status).toBe(200);
    expect(await anonymous.get("/posters?limit=200")).toMatchObject(tooLarge);
    expect(await anonymous.get(`/walls/${String(wall?.["id"])}?include=posters`)).toMatchObject(tooLarge);
  });

  test("by including many records in each member of a batch, which holds up every writer", async () => {
    const { author, film, review } = await busyAuthor();
    for (const input of [
      { id: film, include: "reviews" },
      { id: film, view: { include: ["reviews"] } },
    ]) {
      const answer = await author.post("/batch", [{ operation: "films.get", input }]);
      expect([answer.status, answer.code]).toEqual([422, "invalid_input"]);
      expect(answer.body["errors"]).toMatchObject([{ path: "/0/input/include", code: "not_allowed" }]);
    }
    const plain = await author.post("/batch", [{ operation: "reviews.get", input: { id: review, select: "stars" } }]);
    expect(plain.status).toBe(200);
  });

  describe("as a batch", () => {
    const posters = collection("posters", {
      fields: { name: text().default(""), image: text({ max: 500_000 }).default(""), meta: json().optional() },
      access: open,
    });
    const show = action("show", {
      input: { id: text() },
      output: { image: text() },
      method: "GET",
      access: everyone,
      run: async ({ input, db }) => ({ image: (await db(posters).get(input.id)).image }),
    });
    const openPosters = () => openApp({ collections: [posters], actions: [show] });
    const times = (count: number, member: object): object[] => Array.from({ length: count }, () => member);

    test("of creates of many records each", async () => {
      const { anonymous, feed } = await openPosters();
      const many = (count: number) => ({ operation: "posters.createMany", input: times(count, {}) });
      const answer = await anonymous.post("/batch", [many(600), ...times(400, many(1))]);
      expect(answer.status).toBe(200);
      const one = { operation: "posters.create", input: {} };
      for (const [members, place] of [
        [times(50, many(1000)), 1],
        [[many(600), ...times(401, one)].slice(0, 402), 401],
      ] as const) {
        const refused = await anonymous.post("/batch", members);
        expect([refused.status, refused.code]).toEqual([422, "invalid_input"]);
        expect(refused.body["errors"]).toMatchObject([{ path: `/${place}/input`, code: "too_many" }]);
      }
      expect(feed()).toHaveLength(1000);
    });

    test.for([
      ["reads, whole", "posters.get", {}],
      ["reads, of which little is shown", "posters.get", { select: ["name"] }],
      ["changes", "posters.update", { name: "another" }],
      ["actions that read", "show", {}],
    ] as const)("of %s of one large record", async ([, operation, more]) => {
      const { anonymous, feed } = await openPosters();
      const image = "x".repeat(400_000);
      const id = String((await anonymous.post("/posters", { image, meta: { a: 1 } })).body["id"]);
      const member = { operation, input: { id, ...more } };
      expect((await anonymous.post("/batch", times(20, member))).status).toBe(200);
      const entries = feed().length;
      const refused = await anonymous.post("/batch", times(1000, member));
      expect([refused.status, refused.code]).toEqual([413, "too_large"]);
      expect(refused.body["detail"]).toContain("more than 8 MB");
      expect(feed()).toHaveLength(entries);
    });

    test("whose answer is kept for an Idempotency-Key", async () => {
      const { anonymous, file } = await openPosters();
      const id = String((await anonymous.post("/posters", { image: "x".repeat(400_000) })).body["id"]);
      const key = { "idempotency-key": "k" };
      const read = { operation: "posters.get", input: { id } };
      const keptAnswers = (): unknown => {
        const database = new DatabaseSync(file, { readOnly: true });
        const kept = database.prepare(`SELECT count(*) AS "count" FROM "_idempotency"`).get();
        database.close();
        return kept?.["count"];
      };
      for (let count = 0; count < 2; count++) {
        // What changes nothing can be repeated anyway.
        const answer = await anonymous.post("/batch", times(10, read), key);
        expect([answer.status, answer.headers.get("idempotency-replayed")]).toEqual([200, null]);
      }
      const mixed = [{ operation: "posters.create", input: { name: "mine" } }, ...times(10, read)];
      expect(await anonymous.post("/batch", mixed, key)).toMatchObject({ status: 413, code: "too_large" });
      expect(keptAnswers()).toBe(0);
      expect((await anonymous.post("/batch", mixed)).status).toBe(200);
      expect((await anonymous.post("/batch", mixed.slice(0, 4), key)).status).toBe(200);
      const again = await anonymous.post("/batch", mixed.slice(0, 4), key);
      expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
      expect(keptAnswers()).toBe(1);
    });
  });

  test("by accents without end on one letter, in what is searched or made a slug of", { timeout: 20_000 }, async () => {
    const pages = collection("pages", {
      fields: { title: text({ max: 200_000 }).search(), slug: slug({ from: "title" }) },
      access: { read: everyone, write: everyone },
    });
    const { anonymous } = await openApp({ collections: [pages] });
    const made = await anonymous.post("/pages", { title: `Me${"\u0301\u0323".repeat(80_000)}tropolis` });
    expect([made.status, made.body["slug"]]).toEqual([201, "metropolis"]);
    expect(dataOf(await anonymous.get("/pages?search=METRO&select=id"))).toEqual([{ id: made.body["id"] }]);
  });

  test("by passwords that queue up", async () => {
    const passwords = createPasswordHasher(3);
    const flood = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.verify("guess", undefined)));
    const refused = flood.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    expect(refused).toMatchObject(Array.from({ length: 3 }, () => ({ code: "overloaded", status: 503 })));
    expect(await passwords.verify("guess", undefined)).toBe(false);
  });

  test("by new accounts, each with tries of its own", async () => {
    const app = await openApp({ collections: [films] }, { rateLimits: true });
    const codes: unknown[] = [];
    let caller = app.anonymous;
    for (let index = 0; index < 12; index++) {
      const answer = await caller.post("/auth/sign-up", { email: `new${index}@example.com`, password: "long enough" });
      codes.push(answer.status);
      if (answer.status === 201) caller = app.withToken(String(answer.body["token"]));
    }
    expect(codes.slice(0, 10).every((status) => status === 201)).toBe(true);
    expect(codes.slice(10)).toEqual([429, 429]);
  });
});

describe("what is out of sight can't be guessed", () => {
  const accounts = collection("accounts", {
    fields: {
      owner: ref("users").default(({ user }) => user?.id ?? null),
      name: text({ max: 50 }),
      score: integer({ min: 0 }).default(700).readable(role("admin")).writable(role("admin")),
    },
    access: { read: owner("owner"), write: owner("owner") },
  });
  const notes = collection("notes", {
    id: text({ min: 1, max: 50 }),
    fields: { keeper: text().default("somebody else") },
    access: { read: owner("keeper"), create: nobody, update: owner("keeper"), delete: nobody },
  });

  test("by increments that leave the bounds of a field that is neither seen nor set", async () => {
    const app = await openApp({ collections: [accounts] });
    const user = await app.user("user");
    const { body } = await user.post("/accounts", { name: "mine" });
    const answers = await Promise.all(
      [-1, -700, -701, -9999].map((increment) =>
        user.patch(`/accounts/${String(body["id"])}`, { score: { increment } }),
      ),
    );
    expect(new Set(answers.map(({ text: said }) => said.replace(/"requestId":"[^"]*"/, ""))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await user.patch(`/accounts/${String(body["id"])}`, { name: "still mine" })).status).toBe(200);
  });

  test("by conflicts with records that one may not write", async () => {
    const wishes = collection("wishes", {
      fields: { owner: text(), topic: text() },
      access: { read: owner("owner"), write: owner("owner") },
      unique: [["owner", "topic"]],
    });
    const app = await openApp({ collections: [wishes] });
    const [victim, user] = [await app.user("victim"), await app.user("user")];
    await victim.post("/wishes", { owner: victim.id, topic: "secret" });
    const own = String((await user.post("/wishes", { owner: user.id, topic: "own" })).body["id"]);
    for (const topic of ["secret", "another"]) {
      const wish = { owner: victim.id, topic };
      const answers = [await user.post("/wishes", wish), await user.patch(`/wishes/${own}`, wish)];
      answers.push(await user.put(`/wishes/${own}`, wish));
      expect(
        answers.map(({ status }) => status),
        topic,
      ).toEqual([403, 403, 403]);
    }
    expect((await user.post("/wishes", { owner: user.id, topic: "own" })).status).toBe(409);
  });

  test("by conditions of a PUT, where the caller can't make records", async () => {
    const app = await openApp({
      collections: [notes],
      seed: async ({ db }) => {
        await db.unrestricted(notes).create({ id: "there" });
      },
    });
    const user = await app.user("user");
    for (const condition of [{}, { "if-match": '"1-abc"' }, { "if-match": "*" }, { "if-none-match": "*" }]) {
      const [there, missing] = await Promise.all(
        ["there", "missing"].map((id) => user.put(`/notes/${id}`, {}, condition as Record<string, string>)),
      );
      expect([there?.status, missing?.status], JSON.stringify(condition)).toEqual([404, 404]);
    }
  });
});
