import { expect, test } from "vitest";
import { action } from "../../src/schema/action.ts";
import { collection } from "../../src/schema/collection.ts";
import { list } from "../../src/schema/field-list.ts";
import { slug } from "../../src/schema/field-slug.ts";
import { text } from "../../src/schema/field-text.ts";
import { everyone } from "../../src/schema/rule.ts";
import { engines, onEngine } from "./on-engine.ts";
import { type Body, dataOf } from "./open-app.ts";

const access = { read: everyone, write: everyone };
const films = collection("films", {
  fields: { title: text({ max: 300 }), slug: slug({ from: "title" }).unique() },
  access,
});
const pages = collection("pages", {
  fields: { site: text().optional(), title: text(), slug: slug({ from: "title" }) },
  unique: [["site", "slug"]],
  access,
});
const notes = collection("notes", { fields: { title: text(), slug: slug({ from: "title" }) }, access });
const rush = action("rush", {
  output: { slugs: list(text()), more: list(text()) },
  access: everyone,
  async run({ db }) {
    const titles = ["R", "R", "R", "R"].map((title) => ({ title }));
    const made = await db.unrestricted(films).createMany(titles);
    const more = await Promise.all(titles.map((film) => db.unrestricted(films).create(film)));
    return { slugs: made.map((film) => film.slug), more: more.map((film) => film.slug) };
  },
});
const options = { collections: [films, pages, notes], actions: [rush] };

const slugsOf = (records: readonly Body[]): unknown[] => records.map((record) => record["slug"]);

test.for(engines)(
  "a slug that is made and taken gets a number, one that is sent is a conflict (%s)",
  async (engine) => {
    await onEngine(engine, options, async ({ anonymous }) => {
      const make = async (title: string): Promise<unknown> => (await anonymous.post("/films", { title })).body["slug"];
      expect([await make("M"), await make("M!"), await make("m"), await make("M")]).toEqual(["m", "m-2", "m-3", "m-4"]);
      // What is free again is used again.
      const [second] = dataOf(await anonymous.get("/films?slug=m-2"));
      expect((await anonymous.delete(`/films/${String(second?.["id"])}`)).status).toBe(204);
      expect([await make("M"), await make("M")]).toEqual(["m-2", "m-5"]);
      expect((await anonymous.post("/films", { title: "M", slug: "m" })).body).toMatchObject({
        status: 409,
        errors: [{ path: "/slug", code: "not_unique" }],
      });
      const long = "a".repeat(250);
      expect([await make(long), await make(long)]).toEqual(["a".repeat(200), `${"a".repeat(198)}-2`]);
      expect([await make("電影"), await make("電影")]).toEqual(["電影", "電影-2"]);
      expect((await anonymous.get(`/films?slug=${encodeURIComponent("電影-2")}`)).body["data"]).toHaveLength(1);
    });
  },
);

test.for(engines)("those of one request and those of many at once are all different (%s)", async (engine) => {
  await onEngine(engine, options, async ({ anonymous }) => {
    const many = await anonymous.post("/films", [{ title: "Many" }, { title: "Many" }, { title: "Many" }]);
    expect(slugsOf(dataOf(many))).toEqual(["many", "many-2", "many-3"]);
    const made = await Promise.all(Array.from({ length: 8 }, () => anonymous.post("/films", { title: "Rush" })));
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    expect(new Set(made.map(({ body }) => body["slug"])).size).toBe(8);
  });
});

test.for(engines)("those that code makes side by side are all different too (%s)", async (engine) => {
  await onEngine(engine, options, async ({ anonymous }) => {
    const { body } = await anonymous.post("/actions/rush", {});
    const slugs = [...(body["slugs"] as string[]), ...(body["more"] as string[])];
    // Which of them gets which number is for who is told first that it is free.
    expect(new Set(slugs).size).toBe(8);
    expect(slugs).toContain("r");
    for (const one of slugs) expect(one).toMatch(/^r(?:-\d+)?$/);
  });
});

test("a replacement that sends no slug keeps its number, and doesn't stand in its own way", async () => {
  await onEngine("SQLite", options, async ({ anonymous }) => {
    await anonymous.post("/films", { title: "M" });
    const { body } = await anonymous.post("/films", { title: "M" });
    const replace = (title: string) => anonymous.put(`/films/${String(body["id"])}`, { title });
    expect((await replace("M")).body).toMatchObject({ slug: "m-2", version: 1 });
    expect((await replace("Laura")).body).toMatchObject({ slug: "laura" });
    expect((await replace("Laura!")).body).toMatchObject({ title: "Laura!", slug: "laura" });
    expect((await replace("M")).body).toMatchObject({ slug: "m-2" });
  });
});

test("a number is given where the slug must be unique, and within what it must be unique in", async () => {
  await onEngine("SQLite", options, async ({ anonymous }) => {
    const pagesOf = [{ site: "a" }, { site: "b" }, { site: "a" }, {}, {}].map((page) => ({ ...page, title: "Home" }));
    expect(slugsOf(dataOf(await anonymous.post("/pages", pagesOf)))).toEqual("home home home-2 home home".split(" "));
    const alike = await anonymous.post("/notes", [{ title: "A" }, { title: "A" }]);
    expect(slugsOf(dataOf(alike))).toEqual(["a", "a"]);
  });
});

test.for(engines)("a record that is replaced keeps the slug that was made for the same words (%s)", async (engine) => {
  await onEngine(engine, options, async ({ anonymous }) => {
    const made: Body[] = [];
    for (let count = 0; count < 5; count++) made.push((await anonymous.post("/films", { title: "Hello" })).body);
    for (const { id, slug: given } of made) {
      const { body } = await anonymous.put(`/films/${String(id)}`, { title: "Hello" });
      expect(body).toMatchObject({ slug: given, version: 1 });
    }
    const path = `/films/${String(made[3]?.["id"])}`;
    expect((await anonymous.put(path, { title: "Hello Again" })).body).toMatchObject({ slug: "hello-again" });
    const moved = (await anonymous.post("/pages", { site: "a", title: "Hello" })).body;
    await anonymous.post("/pages", { site: "b", title: "Hello" });
    const there = await anonymous.put(`/pages/${String(moved["id"])}`, { site: "b", title: "Hello" });
    expect(there.body).toMatchObject({ slug: "hello-2" });
  });
});
