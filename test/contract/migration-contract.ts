import { describe, expect, it } from "vitest";
import type { Operand, Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { boolean } from "../../src/schema/field-boolean.ts";
import { json } from "../../src/schema/field-json.ts";
import { list } from "../../src/schema/field-list.ts";
import { integer, number } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { timestamp } from "../../src/schema/field-timestamp.ts";
import type { Field } from "../../src/schema/field.ts";
import { createModel } from "../../src/schema/model.ts";
import { type CreateHome, recordOf } from "./engine-home.ts";
import { createFollowing, films, type FieldsOf, id, modelOf } from "./migration-home.ts";

/** Databases that follow a definition whose fields have changed, and say what they can't follow. */
export function describeMigrations(createHome: CreateHome): void {
  const { keeps, follow, withRows, refusalOf, rowsOf } = createFollowing(createHome);

  describe.runIf(keeps)("migrations", () => {
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
