import { describe, expect, it } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer } from "../../src/schema/field-number.ts";
import { object } from "../../src/schema/field-object.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone, role } from "../../src/schema/rule.ts";
import { engines, onEngine } from "./on-engine.ts";
import { type Body, dataOf, type OpenApp, openApp } from "./open-app.ts";

const films = collection("films", {
  fields: { title: text({ min: 1 }).unique(), stock: integer({ min: 0 }).default(0) },
  access: { read: everyone, create: everyone, update: everyone, delete: role("admin") },
});
const sell = action("sell", {
  input: { film: text(), copies: integer({ min: 1 }) },
  output: { left: integer() },
  access: everyone,
  errors: { out_of_stock: 409 },
  async run({ input, db, fail }) {
    const film = await db(films).get(input.film);
    if (film.stock < input.copies) throw fail("out_of_stock", `Only ${film.stock} are left.`);
    const { stock } = await db(films).update(film.id, { stock: { increment: -input.copies } });
    return { left: stock };
  },
});
const outside = action("outside", { access: everyone, transaction: false, run: () => undefined });
const limited = action("limited", { access: everyone, limit: { limit: 5, window: 60 }, run: () => undefined });

const pages = collection("pages", {
  id: text({ min: 1, max: 20 }),
  fields: { name: text().unique(), parent: ref("pages").optional() },
  access: { read: everyone, write: everyone },
});
const makeAll = action("makeAll", {
  input: { pages: list(object({ id: text(), name: text(), parent: text().optional() })) },
  access: everyone,
  run: async ({ input, db }) => void (await db(pages).createMany(input.pages)),
});

const open = () => openApp({ collections: [films], actions: [sell, outside, limited] });

describe("many records at once", () => {
  it("are all made, or none, and every mistake is told with its place", async () => {
    const { anonymous, feed } = await open();
    const made = await anonymous.post("/films", [{ title: "a" }, { title: "b", stock: 2 }]);
    expect(made.status).toBe(201);
    expect(dataOf(made)).toMatchObject([{ title: "a" }, { title: "b", stock: 2 }]);
    const wrong = await anonymous.post("/films", [{ title: "c" }, { title: "" }, { title: "d", stock: -1, x: 1 }, 5]);
    expect(wrong.status).toBe(422);
    expect((wrong.body["errors"] as Body[]).map(({ path }) => path)).toEqual(["/1/title", "/2/stock", "/2/x", "/3"]);
    const taken = await anonymous.post("/films", [{ title: "c" }, { title: "a" }]);
    expect(taken.body).toMatchObject({ status: 409, errors: [{ path: "/1/title", code: "not_unique" }] });
    expect((await anonymous.get("/films?total=true")).body["total"]).toBe(2);
    expect(feed()).toHaveLength(2);
  });

  it("are at most a thousand", async () => {
    const { anonymous } = await open();
    const titles = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `t${index}` }));
    expect((await anonymous.post("/films", titles(1001))).status).toBe(413);
    expect((await anonymous.post("/films", titles(1000))).status).toBe(201);
    expect(dataOf(await anonymous.post("/films", []))).toEqual([]);
  });

  it("are checked, made and answered alike however many they are, and again under their Idempotency-Key", async () => {
    const { anonymous, feed } = await open();
    const titles = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `t\u00e9 ${index}` }));
    const wrong = await anonymous.post("/films", titles(600).with(555, { title: "" }));
    expect(wrong.body).toMatchObject({ status: 422, errors: [{ path: "/555/title" }] });
    const key = { "idempotency-key": "many" };
    const made = await anonymous.post("/films", titles(600), key);
    expect(made.status).toBe(201);
    expect(dataOf(made).map(({ title, version }) => ({ title, version }))).toEqual(
      titles(600).map(({ title }) => ({ title, version: 1 })),
    );
    const { id } = dataOf(made)[599] ?? {};
    expect((await anonymous.get(`/films/${String(id)}`)).body).toEqual(dataOf(made)[599]);
    const again = await anonymous.post("/films", titles(600), key);
    expect([again.status, again.headers.get("idempotency-replayed"), again.text]).toEqual([201, "true", made.text]);
    expect(feed()).toHaveLength(600);
  });
});

describe("a batch", () => {
  it("runs its members one after another in one transaction, and answers each", async () => {
    const { anonymous, feed } = await open();
    const film = String((await anonymous.post("/films", { title: "a", stock: 3 })).body["id"]);
    const answer = await anonymous.post("/batch", [
      { operation: "films.update", input: { id: film, stock: { increment: 1 } } },
      { operation: "sell", input: { film, copies: 4 } },
      { operation: "films.get", input: { id: film, select: ["stock"] } },
      { operation: "films.create", input: { title: "b" } },
    ]);
    expect(answer.status).toBe(200);
    expect(dataOf(answer)).toMatchObject([{ stock: 4 }, { left: 0 }, { id: film, stock: 0 }, { title: "b" }]);
    expect(
      new Set(
        feed()
          .slice(1)
          .map(({ request }) => request),
      ).size,
    ).toBe(1);
  });

  it("may have many members, and members of many records", async () => {
    const { anonymous } = await open();
    const create = (title: string) => ({ operation: "films.create", input: { title } });
    const names = Array.from({ length: 300 }, (_, index) => `m${index}`);
    const many = { operation: "films.createMany", input: names.map((title) => ({ title: `${title} of many` })) };
    const answer = await anonymous.post("/batch", [...names.map(create), many]);
    expect(answer.status).toBe(200);
    const last = dataOf(answer).at(-1) as { readonly data: readonly Body[] };
    expect(
      dataOf(answer)
        .slice(0, -1)
        .map(({ title }) => title),
    ).toEqual(names);
    expect(last.data.map(({ title }) => title)).toEqual(many.input.map(({ title }) => title));
    const wrong = await anonymous.post("/batch", [...names.map((name) => create(`${name} again`)), create("")]);
    expect(wrong.body).toMatchObject({ status: 422, errors: [{ path: "/300/input/title" }] });
  });

  it("keeps nothing when one member fails, and names it", async () => {
    const { anonymous, feed } = await open();
    const film = String((await anonymous.post("/films", { title: "a", stock: 3 })).body["id"]);
    const members = (last: Body) => [
      { operation: "films.update", input: { id: film, stock: 9 } },
      { operation: "films.create", input: { title: "b" } },
      last,
    ];
    const failures: [Body, number, unknown][] = [
      [{ operation: "sell", input: { film, copies: 10 } }, 409, [{ path: "/2", code: "out_of_stock" }]],
      [{ operation: "films.create", input: { title: "a" } }, 409, [{ path: "/2/title" }]],
      [{ operation: "films.create", input: { title: "" } }, 422, [{ path: "/2/input/title" }]],
      [{ operation: "films.delete", input: { id: film } }, 401, [{ path: "/2" }]],
      [{ operation: "films.update", input: { id: film, stock: 1 }, ifMatch: '"old"' }, 412, [{ path: "/2" }]],
    ];
    for (const [last, status, errors] of failures) {
      expect((await anonymous.post("/batch", members(last))).body).toMatchObject({ status, errors });
    }
    expect((await anonymous.get(`/films/${film}`)).body["stock"]).toBe(3);
    expect(feed()).toHaveLength(1);
  });

  it("refuses what can't be part of it, with its place", async () => {
    const { anonymous } = await open();
    const refusals: [unknown, string][] = [
      [{ operation: "nothing.here", input: {} }, "/0/operation"],
      [{ operation: "batch", input: [] }, "/0/operation"],
      [{ operation: "outside", input: {} }, "/0/operation"],
      [{ operation: "limited", input: {} }, "/0/operation"],
      [{ operation: "auth.signIn", input: {} }, "/0/operation"],
      [{ operation: "films.list", input: {} }, "/0/operation"],
      [{ operation: 5 }, "/0/operation"],
      [{ operation: "__proto__", input: {} }, "/0/operation"],
      [{ operation: "films.create", input: { title: "a" }, extra: 1 }, "/0/extra"],
      ["films.create", "/0"],
    ];
    for (const [member, path] of refusals) {
      const { status, body } = await anonymous.post("/batch", [member]);
      expect([status, (body["errors"] as Body[])[0]?.["path"]]).toEqual([422, path]);
    }
    expect((await anonymous.post("/batch", { operation: "films.create" })).status).toBe(422);
    expect(
      (
        await anonymous.post(
          "/batch",
          Array.from({ length: 1001 }, () => ({})),
        )
      ).status,
    ).toBe(413);
    expect(dataOf(await anonymous.post("/batch", []))).toEqual([]);
  });
});

describe.each(engines)("many records on %s", (engine) => {
  const run = (scenario: (app: OpenApp) => Promise<void>) =>
    onEngine(engine, { collections: [pages], actions: [makeAll] }, scenario);

  it("may refer to those before them, and not to those after, however they are made", () =>
    run(async ({ anonymous }) => {
      const child = { id: "child", name: "child", parent: "root" };
      const root = { id: "root", name: "root", parent: null };
      const itself = { id: "itself", name: "itself", parent: "itself" };
      const wrong = await anonymous.post("/pages", [child, root]);
      expect(wrong.body).toMatchObject({ status: 409, errors: [{ path: "/0/parent", code: "invalid_reference" }] });
      const inAction = await anonymous.post("/actions/makeAll", { pages: [child, root] });
      expect(inAction.body).toMatchObject({ status: 409, errors: [{ code: "invalid_reference" }] });
      expect(dataOf(await anonymous.get("/pages"))).toEqual([]);
      expect((await anonymous.post("/pages", [root, child, itself])).status).toBe(201);
      const others = [root, child, itself].map((page) => ({
        id: `${page.id}2`,
        name: `${page.name}2`,
        parent: page.parent && `${page.parent}2`,
      }));
      expect((await anonymous.post("/actions/makeAll", { pages: others })).status).toBe(204);
    }));

  it("are told their mistakes with their places, also where there is one alone", () =>
    run(async ({ anonymous }) => {
      await anonymous.post("/pages", { id: "a", name: "a" });
      const taken = await anonymous.post("/pages", [{ id: "b", name: "a" }]);
      expect(taken.body).toMatchObject({ status: 409, errors: [{ path: "/0/name", code: "not_unique" }] });
      const alone = await anonymous.post("/pages", { id: "b", name: "a" });
      expect(alone.body).toMatchObject({ status: 409, errors: [{ path: "/name", code: "not_unique" }] });
    }));
});
