import { describe, expect, it, vi } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { always } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import type { Field } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type CreateHome, recordOf } from "./engine-home.ts";
import { createFollowing, films, id, modelOf } from "./migration-home.ts";

/** Databases that follow a definition whose collections are called otherwise, or refer to one another in another way. */
export function describeReferenceMigrations(createHome: CreateHome): void {
  const { keeps, follow, withRows, refusalOf, rowsOf } = createFollowing(createHome);

  describe.runIf(keeps)("migrations of names and references", () => {
    it("keep the records, what refers to them and what is found of them when a collection changes its fields", () => {
      const reviews = collection("reviews", { id, fields: { film: ref("films"), stars: integer() } });
      const before = createModel([films({ title: text().search(), parent: ref("films").optional() }), reviews]);
      const rows = {
        films: [
          { id: "a", title: "Metropolis", parent: null },
          { id: "b", title: "Nosferatu", parent: "a" },
        ],
        reviews: [{ id: "r", film: "a", stars: 5 }],
      };
      return withRows(before, rows, async (home) => {
        const model = createModel([
          films({ title: text().search(), parent: ref("films").optional(), stock: integer().default(1) }),
          reviews,
        ]);
        await follow(home, model, async (engine) => {
          expect(await rowsOf(engine, model, { kind: "search", words: ["nosferatu"] })).toMatchObject([{ id: "b" }]);
          const remove = engine.write((writer) => writer.remove(model.collection("films"), "a"));
          await expect(remove).rejects.toMatchObject({ code: "conflict" });
          await engine.write(async (writer) => {
            await writer.update(model.collection("films"), "b", { title: "Golem", parent: null });
            await writer.remove(model.collection("reviews"), "r");
            await writer.remove(model.collection("films"), "a");
          });
          expect(await rowsOf(engine, model, { kind: "search", words: ["nosferatu"] })).toEqual([]);
          expect(await rowsOf(engine, model, { kind: "search", words: ["golem"] })).toMatchObject([
            { id: "b", stock: 1 },
          ]);
        });
      });
    });

    it("let a reference lead elsewhere, begin and end", () => {
      const others = [films({ title: text() }), collection("books", { id, fields: { title: text() } })];
      const notes = (about: Field) => createModel([...others, collection("notes", { id, fields: { about } })]);
      const rows = { films: [{ id: "f", title: "F" }], books: [{ id: "b", title: "B" }] };
      const none = notes(text().optional());
      return withRows(none, { ...rows, notes: [{ id: "n", about: "f" }] }, async (home) => {
        const note = (engine: Engine, model: Model, about: string) =>
          engine.write((writer) => writer.update(model.collection("notes"), "n", { about }));
        const toFilms = notes(ref("films").optional());
        await follow(home, toFilms, async (engine) => {
          await expect(note(engine, toFilms, "b")).rejects.toMatchObject({ code: "conflict" });
          await engine.write((writer) => writer.update(toFilms.collection("notes"), "n", { about: null }));
        });
        const toBooks = notes(ref("books").optional());
        await follow(home, toBooks, async (engine) => {
          await expect(note(engine, toBooks, "f")).rejects.toMatchObject({ code: "conflict" });
          await note(engine, toBooks, "b");
        });
        await follow(home, none, (engine) => note(engine, none, "nothing at all"));
      });
    });

    it("give fields and collections the names that they have now, where the definition says what they were called", () => {
      const fields = { title: text().search(), rank: integer().unique(), sequel: ref("films").optional() };
      const before = createModel([films(fields), collection("notes", { id, fields: { film: ref("films") } })]);
      const rows = {
        films: [
          { id: "a", title: "Metropolis", rank: 1, sequel: "b" },
          { id: "b", title: "Nosferatu", rank: 2, sequel: null },
        ],
        notes: [{ id: "n", film: "a" }],
      };
      return withRows(before, rows, async (home) => {
        const change = {
          at: "2026-01-01T00:00:00.000Z",
          id: "a",
          kind: "created",
          actor: null,
          request: null,
        } as const;
        await follow(home, before, (engine) =>
          engine.write((writer) => writer.append({ ...change, collection: "films", before: null, after: { rank: 1 } })),
        );
        const movies = collection("movies", {
          id,
          renamedFrom: "films",
          fields: {
            name: text().search().renamedFrom("title"),
            place: integer().unique().renamedFrom("rank"),
            next: ref("movies").optional().renamedFrom("sequel"),
          },
        });
        const model = createModel([movies, collection("notes", { id, fields: { film: ref("movies") } })]);
        for (const _time of [1, 2]) {
          await follow(home, model, async (engine) => {
            const expected = rows.films.map(({ id: own, title, rank, sequel }) =>
              recordOf({ id: own, name: title, place: rank, next: sequel }),
            );
            expect(await rowsOf(engine, model, always, "movies")).toEqual(expected);
            const found = await rowsOf(engine, model, { kind: "search", words: ["nosferatu"] }, "movies");
            expect(found).toMatchObject([{ id: "b" }]);
            const insert = (row: Row) =>
              engine.write((writer) => writer.insert(model.collection("movies"), recordOf(row)));
            const twin = { id: "c", name: "C", place: 2, next: null };
            await expect(insert(twin)).rejects.toMatchObject({ code: "conflict" });
            await expect(insert({ ...twin, place: 3, next: "nowhere" })).rejects.toMatchObject({ code: "conflict" });
            const remove = engine.write((writer) => writer.remove(model.collection("movies"), "a"));
            await expect(remove).rejects.toMatchObject({ code: "conflict" });
            // Where others have transactions open, the feed waits for them.
            await vi.waitFor(async () => {
              const feed = await engine.read((reader) => reader.changes(0, 10));
              expect(feed).toMatchObject([{ collection: "movies", id: "a" }]);
            }, 20_000);
          });
        }
      });
    });

    it("let ids be chosen that were made before, and what refers to them", () => {
      const definition = (own: object): Model =>
        createModel([
          collection("films", { fields: { title: text() }, ...own }),
          collection("notes", { id, fields: { film: ref("films") }, indexes: [["film", "-createdAt"]] }),
        ]);
      const made = "00000000-0000-7000-8000-000000000001";
      const rows = { films: [{ id: made, title: "A" }], notes: [{ id: "n", film: made }] };
      return withRows(definition({}), rows, (home) => {
        const model = definition({ id });
        return follow(home, model, async (engine) => {
          const note = (film: string) =>
            engine.write((writer) => writer.update(model.collection("notes"), "n", { film }));
          await engine.write((writer) => writer.insert(model.collection("films"), recordOf({ id: "b", title: "B" })));
          expect((await rowsOf(engine, model)).map((row) => row["id"])).toEqual([made, "b"]);
          await expect(note("nowhere")).rejects.toMatchObject({ code: "conflict" });
          await note("b");
        });
      });
    });

    it("say what a field may have become that is gone", () =>
      withRows(modelOf({ title: text() }), { films: [{ id: "a", title: "A" }] }, async (home) => {
        const lines = await refusalOf(home, modelOf({ name: text() }));
        expect(lines.find((line) => line.startsWith("films.title "))).toContain('renamedFrom("title")');
      }));

    it("let records go that a collection refers to which is no longer declared, and keep that collection's", () => {
      const reviews = collection("reviews", { id, fields: { film: ref("films") } });
      const before = createModel([films({ title: text() }), reviews]);
      const rows = { films: [{ id: "a", title: "A" }], reviews: [{ id: "r", film: "a" }] };
      return withRows(before, rows, async (home) => {
        const alone = modelOf({ title: text() });
        await follow(home, alone, (engine) => engine.write((writer) => writer.remove(alone.collection("films"), "a")));
        const kept = createModel([films({ title: text() }), collection("reviews", { id, fields: { film: text() } })]);
        await follow(home, kept, async (engine) => {
          expect(await rowsOf(engine, kept, always, "reviews")).toMatchObject([{ id: "r", film: "a" }]);
        });
      });
    });

    it("refuse references to records that aren't there", () =>
      withRows(
        createModel([films({ title: text() }), collection("notes", { id, fields: { about: text() } })]),
        { notes: [{ id: "n", about: "nowhere" }] },
        async (home) => {
          const model = createModel([
            films({ title: text() }),
            collection("notes", { id, fields: { about: ref("films") } }),
          ]);
          const engine = home.open(model);
          await expect(engine.migrate(model)).rejects.toThrow(/notes.*films|notes_about/);
          await engine.close();
        },
      ));
  });
}
