import { afterAll, describe, expect, it, vi } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { always, type Operand, type Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection, type Collection } from "../../src/schema/collection.ts";
import { boolean } from "../../src/schema/field-boolean.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer, number } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import type { Field } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type CreateHome, type EngineHome, insertAll, recordOf } from "./engine-home.ts";

type FieldsOf = Record<string, Field>;

const id = text({ min: 1, max: 200 });
const films = (fields: FieldsOf, options: Pick<Collection, "unique"> | object = {}): Collection =>
  collection("films", { id, fields, ...options });
const modelOf = (fields: FieldsOf, options: object = {}): Model => createModel([films(fields, options)]);

/** Databases that follow a definition, and say what they can't follow. */
export function describeMigrations(createHome: CreateHome): void {
  /** Opens what is there with another definition, brings it there, and closes it again. */
  async function follow<T>(home: EngineHome, model: Model, work: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = home.open(model);
    try {
      await engine.migrate(model);
      return await work(engine);
    } finally {
      await engine.close();
    }
  }

  async function withRows(
    before: Model,
    rows: Readonly<Record<string, readonly Row[]>>,
    work: (home: EngineHome) => Promise<void>,
  ): Promise<void> {
    const home = createHome();
    try {
      const whole = Object.entries(rows).map(([name, some]): [string, Row[]] => [
        name,
        some.map((row) => recordOf(row)),
      ]);
      await follow(home, before, (engine) => engine.write((writer) => insertAll(writer, before, new Map(whole))));
      await work(home);
    } finally {
      await home.remove();
    }
  }

  /** What a definition is refused with, line by line. */
  async function refusalOf(home: EngineHome, model: Model): Promise<string[]> {
    const engine = home.open(model);
    try {
      const error: unknown = await engine.migrate(model).then(
        () => new Error("It was not refused."),
        (thrown: unknown) => thrown,
      );
      const [head, ...lines] = String(error instanceof Error ? error.message : error).split("\n");
      expect(head).toBe("The database can't follow the definition without losing something:");
      return lines.map((line) => line.replace(/^ {2}- /, ""));
    } finally {
      await engine.close();
    }
  }

  // Whether there is anything to come back to only a home can say.
  const probe = createHome();
  afterAll(() => probe.remove());
  const rowsOf = (engine: Engine, model: Model, where: Predicate = always, name = "films") =>
    engine.read((reader) =>
      reader.select(model.collection(name), {
        where,
        order: [{ field: "id", descending: false }],
        limit: 100,
        after: undefined,
      }),
    );

  describe.runIf(probe.keeps)("migrations", () => {
    it("do nothing where nothing has changed", () => {
      const model = modelOf(
        { title: text().search(), stock: integer() },
        { indexes: [["-stock"]], unique: [["title"]] },
      );
      return withRows(model, { films: [{ id: "a", title: "Film", stock: 1 }] }, async (home) => {
        for (const _time of [1, 2]) {
          await follow(home, model, async (engine) => {
            await engine.migrate(model);
            expect(await rowsOf(engine, model)).toEqual([recordOf({ id: "a", title: "Film", stock: 1 })]);
          });
        }
      });
    });

    it("add collections, fields that may be missing, and fields with a default, which the records then have", () =>
      withRows(modelOf({ title: text() }), { films: [{ id: "a", title: "A" }] }, async (home) => {
        const model = createModel([
          films({
            title: text(),
            note: text().optional(),
            stock: integer().default(3),
            live: boolean().default(true),
            name: text().default("it's"),
            price: number().default(1.5),
            tags: list(text()).default(["x", "it's"]),
            meta: json().default({ a: [1, null] }),
            seen: timestamp().default("2026-01-01T00:00:00.000Z"),
          }),
          collection("reviews", { fields: { film: ref("films") } }),
        ]);
        await follow(home, model, async (engine) => {
          const added = { note: null, stock: 3, live: true, name: "it's", price: 1.5, tags: ["x", "it's"] };
          const more = { meta: { a: [1, null] }, seen: "2026-01-01T00:00:00.000Z" };
          expect(await rowsOf(engine, model)).toEqual([recordOf({ id: "a", title: "A", ...added, ...more })]);
          const review = recordOf({ id: "00000000-0000-7000-8000-000000000001", film: "a" });
          await engine.write((writer) => writer.insert(model.collection("reviews"), review));
        });
      }));

    it("let a required field be missing, and require one that is nowhere missing", () =>
      withRows(
        modelOf({ title: text(), note: text().optional() }),
        { films: [{ id: "a", title: "A", note: "n" }] },
        async (home) => {
          const model = modelOf({ title: text().optional(), note: text() });
          await follow(home, model, async (engine) => {
            await engine.write((writer) =>
              writer.insert(model.collection("films"), recordOf({ id: "b", title: null, note: "m" })),
            );
            const missing = recordOf({ id: "c", title: null, note: null });
            await expect(engine.write((writer) => writer.insert(model.collection("films"), missing))).rejects.toThrow();
            expect(await rowsOf(engine, model)).toHaveLength(2);
          });
        },
      ));

    it("fill what is newly required from its default", () =>
      withRows(
        modelOf({ note: text().optional(), stock: integer().optional() }),
        { films: [{ id: "a", note: null, stock: 1 }] },
        async (home) => {
          const model = modelOf({ note: text().default("none"), stock: integer().default(9) });
          await follow(home, model, async (engine) => {
            expect(await rowsOf(engine, model)).toMatchObject([{ note: "none", stock: 1 }]);
          });
        },
      ));

    it("keep the values of a field that is no longer declared, for when it is declared again", () => {
      const before = modelOf({ title: text(), note: text().optional() });
      const without = modelOf({ title: text(), stock: integer().default(0) });
      return withRows(before, { films: [{ id: "a", title: "A", note: "kept" }] }, async (home) => {
        await follow(home, without, (engine) =>
          engine.write((writer) =>
            writer.insert(without.collection("films"), recordOf({ id: "b", title: "B", stock: 1 })),
          ),
        );
        const again = modelOf({ title: text(), stock: integer(), note: text().optional() });
        await follow(home, again, async (engine) => {
          expect(await rowsOf(engine, again)).toMatchObject([{ note: "kept" }, { note: null, stock: 1 }]);
        });
      });
    });

    it("refuse what would lose something, with a line for each, and change nothing", () => {
      const before = createModel([
        films({ title: text(), stock: integer(), note: text().optional(), old: text() }),
        collection("tags", { id, fields: { name: text() } }),
      ]);
      const rows = {
        films: [
          { id: "a", title: "same", stock: 1, note: null, old: "o" },
          { id: "b", title: "same", stock: 2, note: "n", old: "o" },
        ],
        tags: [{ id: "t", name: "x" }],
      };
      return withRows(before, rows, async (home) => {
        const wanted = createModel([
          films({ title: text(), stock: text(), note: text(), director: text(), extra: text().optional() }),
          collection("tags", { id, fields: { name: integer() } }),
        ]);
        const lines = await refusalOf(home, wanted);
        const about = (place: string) => lines.filter((line) => line.startsWith(`${place} `));
        expect(about("films.old")).toEqual([expect.stringContaining("holds data and is no longer declared")]);
        expect(about("films.stock")).toEqual([expect.stringMatching(/was .* and is now /)]);
        expect(about("films.note")).toEqual([expect.stringContaining("is now required")]);
        expect(about("films.director")).toEqual([expect.stringContaining("is new and required")]);
        expect(about("tags.name")).toHaveLength(1);
        expect(lines).toHaveLength(5);
        await follow(home, before, async (engine) => {
          expect(await rowsOf(engine, before)).toEqual(rows.films.map((row) => recordOf(row)));
        });
      });
    });

    it("refuse to read values as another type, also where a database stores both alike", () => {
      const kinds: [string, Field, Field, unknown][] = [
        ["integer to boolean", integer(), boolean(), 5],
        ["boolean to integer", boolean(), integer(), true],
        ["text to json", text(), json(), "no JSON"],
        ["json to text", json(), text(), { a: 1 }],
        ["integer to number", integer(), text(), 5],
      ];
      return Promise.all(
        kinds.map(([name, one, other, value]) =>
          withRows(modelOf({ value: one }), { films: [{ id: "a", value }] }, async (home) => {
            expect(await refusalOf(home, modelOf({ value: other })), name).toEqual([
              expect.stringMatching(/^films\.value was .* and is now /),
            ]);
          }),
        ),
      ).then(() => undefined);
    });

    it("follow any change where there are no records", () =>
      withRows(modelOf({ title: text(), old: text() }), {}, async (home) => {
        const model = modelOf({ title: integer(), director: text().search() });
        await follow(home, model, async (engine) => {
          const row = recordOf({ id: "a", title: 1, director: "Lang" });
          await engine.write((writer) => writer.insert(model.collection("films"), row));
          expect(await rowsOf(engine, model, { kind: "search", words: ["lang"] })).toEqual([row]);
        });
      }));

    it("make a field unique, unless records share its value", () => {
      const rows = [
        { id: "a", title: "A", country: "DE", number: null },
        { id: "b", title: "B", country: "DE", number: null },
      ];
      const fields = { title: text(), country: text(), number: integer().optional() };
      return withRows(modelOf(fields), { films: rows }, async (home) => {
        const lines = await refusalOf(home, modelOf({ ...fields, country: text().unique() }));
        expect(lines).toEqual([expect.stringMatching(/^films is now unique by country/)]);
        const model = modelOf({ ...fields, title: text().unique() }, { unique: [["country", "number"]] });
        await follow(home, model, async (engine) => {
          const again = recordOf({ id: "c", title: "A", country: "FR", number: 1 });
          const insert = (row: Row) => engine.write((writer) => writer.insert(model.collection("films"), row));
          await expect(insert(again)).rejects.toMatchObject({ code: "conflict" });
        });
        const loose = modelOf(fields);
        await follow(home, loose, (engine) =>
          engine.write((writer) => writer.insert(loose.collection("films"), recordOf({ ...rows[0], id: "c" }))),
        );
      });
    });

    it("index lists by their items, or no longer, and find the same", () => {
      const fields = { tags: list(text()), marks: list(integer()).optional(), notes: list(json()) };
      const rows = [
        { id: "a", tags: ["x", "y"], marks: [1, 2 ** 40], notes: ["x", 1, true, { x: 1 }] },
        { id: "b", tags: ["y"], marks: null, notes: [] },
      ];
      return withRows(modelOf(fields), { films: rows }, async (home) => {
        for (const indexes of [[["tags"], ["marks"], ["notes"]], [["tags"]], []]) {
          const model = modelOf(fields, { indexes });
          await follow(home, model, async (engine) => {
            const found = async (field: string, operand: Operand): Promise<unknown[]> => {
              const where: Predicate = { kind: "compare", field, path: [], comparison: "has", operand };
              return (await rowsOf(engine, model, where)).map((row) => row["id"]);
            };
            expect([await found("tags", "y"), await found("tags", "x"), await found("tags", "z")]).toEqual([
              ["a", "b"],
              ["a"],
              [],
            ]);
            expect([await found("marks", 2 ** 40), await found("marks", 1.5)]).toEqual([["a"], []]);
            expect([await found("notes", "x"), await found("notes", true), await found("notes", 2)]).toEqual([
              ["a"],
              ["a"],
              [],
            ]);
            const films = model.collection("films");
            await engine.write((writer) => writer.update(films, "b", { tags: ["z"] }));
            expect([await found("tags", "z"), await found("tags", "y")]).toEqual([["b"], ["a"]]);
            await engine.write((writer) => writer.update(films, "b", { tags: ["y"] }));
          });
        }
      });
    });

    it("search the records that are there, by the fields that are searched now", () =>
      withRows(
        modelOf({ title: text(), plot: text().optional() }),
        { films: [{ id: "a", title: "Metropolis", plot: "A city" }] },
        async (home) => {
          const found = (words: readonly string[], fields: FieldsOf) => {
            const model = modelOf(fields);
            return follow(
              home,
              model,
              async (engine) => (await rowsOf(engine, model, { kind: "search", words })).length,
            );
          };
          const both = { title: text().search(), plot: text().optional().search() };
          expect(await found(["metro"], { title: text().search(), plot: text().optional() })).toBe(1);
          expect(await found(["city"], { title: text().search(), plot: text().optional() })).toBe(0);
          expect(await found(["metro", "city"], both)).toBe(1);
          expect(await found(["city"], { title: text().search(), plot: text().optional() })).toBe(0);
        },
      ));

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

  it("makes a database ready twice", async () => {
    const model = modelOf({ title: text().search() });
    const home = createHome();
    const engine = home.open(model);
    await engine.migrate(model);
    await engine.migrate(model);
    expect(await rowsOf(engine, model)).toEqual([]);
    await engine.close();
    await home.remove();
  });
}
