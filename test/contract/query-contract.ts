import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSaneText } from "../../src/kit/text.ts";
import type { Engine, JsonView } from "../../src/database/engine.ts";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { decodeCursor, encodeCursor } from "../../src/query/cursor.ts";
import { allOf, always, never, type Predicate } from "../../src/query/predicate.ts";
import { relevance, type Row, type SortTerm } from "../../src/query/sort.ts";
import { searchWords, wordsOf } from "../../src/query/words.ts";
import { collection } from "../../src/schema/collection.ts";
import { json } from "../../src/schema/field-json.ts";
import { number } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { type CollectionModel, createModel } from "../../src/schema/model.ts";
import { aggregateInMemory, aggregates } from "../arbitraries/aggregates.ts";
import { predicates } from "../arbitraries/predicates.ts";
import { sortOrders } from "../arbitraries/sort-orders.ts";
import { selectInMemory, type World, worldsWithCollection } from "../arbitraries/world.ts";
import { type CreateHome, insertAll, recordOf, withEngine } from "./engine-home.ts";

const byId: readonly SortTerm[] = [{ field: "id", descending: false }];

/** An engine finds, orders, pages and sums up exactly as memory does. */
export function describeQueries(createHome: CreateHome, runs: number, best: "short" | "repeated"): void {
  const parameters = { numRuns: runs };

  /** A check of several things that were drawn for one world, so that the world is stored once for all of them. */
  function everyWorld<T>(
    drawn: (world: World, name: string) => fc.Arbitrary<T>,
    check: (engine: Engine, world: World, collection: CollectionModel, one: T) => Promise<void>,
  ): Promise<void> {
    const scenes = worldsWithCollection.chain(({ world, name }) =>
      fc.record({
        world: fc.constant(world),
        name: fc.constant(name),
        many: fc.array(drawn(world, name), { minLength: 6, maxLength: 6 }),
      }),
    );
    const shown = scenes.map((scene) => ({ ...scene, [fc.toStringMethod]: () => spell(scene) }));
    return fc.assert(
      fc.asyncProperty(shown, ({ world, name, many }) =>
        withEngine(createHome, world.model, async (engine) => {
          await engine.write((writer) => insertAll(writer, world.model, world.rows));
          for (const one of many) await check(engine, world, world.model.collection(name), one);
        }),
      ),
      parameters,
    );
  }

  describe("queries", () => {
    it("stores every value as it was given", () =>
      everyWorld(
        () => fc.constant(undefined),
        async (engine, world, found) => {
          const rows = await all(engine, found, always, byId);
          expect(rows).toEqual(selectInMemory(world, found.name, always, byId));
        },
      ));

    it("writes records as JSON where it says it can, the same as they are read, with what they refer to inside", () =>
      everyWorld(
        (world, name) => fc.record({ where: predicates(world.model, name), order: sortOrders(world.model, name) }),
        async (engine, world, found, { where, order }) => {
          const refs = [...found.relations.values()].filter(({ kind }) => kind === "one");
          const viewOf = (name: string): JsonView => ({ fields: world.model.collection(name).stored, include: [] });
          const include = refs.map(({ name, target }) => ({ relation: name, where: always, view: viewOf(target) }));
          const query = { where, order, limit: 1000, after: undefined };
          const rows = await engine.read((reader) => reader.select(found, query));
          const view = { ...viewOf(found.name), include };
          const written = await engine.read((reader) => reader.selectJson(found, query, view, ["id", "version"]));
          if (written === undefined) return;
          const whole = (row: Row): Row => {
            const referred = refs.map(({ name, target }) => {
              const others = world.rows.get(target) ?? [];
              return [name, others.find(({ id }) => id === row[name]) ?? null];
            });
            return { ...row, ...Object.fromEntries(referred) };
          };
          expect(written.texts.map((text) => JSON.parse(text) as unknown)).toEqual(rows.map(whole));
          expect(rows.map((_, index) => written.keysOf(index))).toEqual(
            rows.map(({ id, version }) => ({ id, version })),
          );
        },
      ));

    it("writes the record with an id as JSON, if it matches, the same for each caller as it is read", () =>
      everyWorld(
        (world, name) => fc.array(predicates(world.model, name), { maxLength: 3 }),
        async (engine, world, found, wheres) => {
          const view: JsonView = { fields: world.model.collection(found.name).stored, include: [] };
          const ids = (world.rows.get(found.name) ?? []).map(({ id }) => String(id));
          // Each is asked for twice, because a statement that was made before is found.
          for (const where of [always, ...wheres, always, ...wheres])
            for (const id of [...ids, "unknown"]) {
              const row = await engine.read((reader) => reader.get(found, id, where));
              const written = await engine.read((reader) => reader.getJson(found, id, where, view, ["version"]));
              if (written === undefined) return;
              expect(written.texts.map((text) => JSON.parse(text) as unknown)).toEqual(row === undefined ? [] : [row]);
              if (row !== undefined) expect(written.keysOf(0)).toEqual({ version: row["version"] });
            }
        },
      ));

    it("finds a record by a unique value together with the one that it refers to", () =>
      everyWorld(
        () => fc.constant(undefined),
        async (engine, world, found) => {
          for (const { name, target } of found.relations.values()) {
            if (!found.fields.get(name)?.type.options.target) continue;
            for (const row of world.rows.get(found.name) ?? []) {
              const pair = await engine.read((reader) => reader.find(found, "id", String(row["id"]), name));
              const referred = world.rows.get(target)?.find(({ id }) => id === row[name]);
              expect(pair).toEqual(referred && { row, referred });
            }
          }
        },
      ));

    it("finds the records that memory finds, counts them, and knows each by its id", () =>
      everyWorld(
        (world, name) => predicates(world.model, name),
        async (engine, world, found, where) => {
          const expected = selectInMemory(world, found.name, where, byId);
          expect(await all(engine, found, where, byId)).toEqual(expected);
          expect(await engine.read((reader) => reader.count(found, where))).toBe(expected.length);
          for (const { id } of world.rows.get(found.name) ?? []) {
            const one = await engine.read((reader) => reader.get(found, String(id), where));
            expect(one).toEqual(expected.find((row) => row["id"] === id));
          }
        },
      ));

    it("makes pages that together are the whole list in memory's order, whatever the order and the limit", () =>
      everyWorld(
        (world, name) =>
          fc.record({
            order: sortOrders(world.model, name),
            limit: fc.integer({ min: 1, max: 4 }),
            where: fc.oneof(fc.constant(always), predicates(world.model, name)),
          }),
        async (engine, world, found, { order, limit, where }) => {
          const expected = selectInMemory(world, found.name, where, order);
          expect(await all(engine, found, where, order)).toEqual(expected);
          expect(await inPages(engine, found, where, order, limit)).toEqual(expected);
        },
      ));

    it("groups and sums up as memory does", () =>
      everyWorld(
        (world, name) => aggregates(world.model, name),
        async (engine, world, found, query) => {
          const matching = selectInMemory(world, found.name, query.where, byId);
          const groups = await engine.read((reader) => reader.aggregate(found, query, 100));
          expect(groups).toEqual(aggregateInMemory(matching, query));
        },
      ));

    it("answers a sum and an average that are too large as missing, in their group alone", () =>
      withEngine(createHome, values, async (engine) => {
        const groups: Record<string, number[]> = {
          above: [1.7e308, 1.7e308],
          below: [-1.7e308, -1e308],
          both: [1e290, -1e290, 1],
          large: [9.9e289, 9.9e289, 9.9e289],
          plain: [0.5, 1],
        };
        await engine.write(async (writer) => {
          for (const [text, numbers] of Object.entries(groups)) {
            for (const number of numbers)
              await writer.insert(valueModel, recordOf({ id: uuidv7(), number, text, json: {} }));
          }
        });
        const figures = { sum: ["number"], avg: ["number"], min: ["number"], max: ["number"] };
        const query = { where: always, group: ["text"], figures };
        const rows = await engine.read((reader) => reader.aggregate(valueModel, query, 10));
        const told = rows.map(({ group, figures: { sum, avg, max } }) => [
          group["text"],
          sum["number"],
          avg["number"],
          max["number"],
        ]);
        expect(told).toEqual([
          ["above", null, null, 1.7e308],
          ["below", null, null, -1e308],
          ["both", null, null, 1e290],
          ["large", expect.closeTo(2.97e290, -280), expect.closeTo(9.9e289, -280), 9.9e289],
          ["plain", 1.5, 0.75, 1],
        ]);
      }));

    it("finds every number and every text again by comparing with it, also in lists of operands and inside JSON", () =>
      withEngine(createHome, values, (engine) =>
        fc.assert(
          fc.asyncProperty(
            fc.double({ noNaN: true, noDefaultInfinity: true }).map((drawn) => (drawn === 0 ? 0 : drawn)),
            fc.string({ unit: "binary", maxLength: 12 }).filter(isSaneText),
            async (number, text) => {
              const id = uuidv7();
              await engine.write((writer) =>
                writer.insert(valueModel, recordOf({ id, number, text, json: { number, text } })),
              );
              const places = [
                { operand: number, field: "number", path: [] },
                { operand: text, field: "text", path: [] },
                { operand: number, field: "json", path: ["number"] },
                { operand: text, field: "json", path: ["text"] },
              ];
              for (const { operand, ...place } of places) {
                const equal: Predicate = { kind: "compare", ...place, comparison: "eq", operand };
                const among: Predicate = { kind: "in", ...place, operands: [operand] };
                for (const where of [equal, among]) {
                  const row = await engine.read((reader) => reader.get(valueModel, id, where));
                  expect(row, JSON.stringify(where)).toMatchObject({ number, text, json: { number, text } });
                }
              }
            },
          ),
          parameters,
        ),
      ));

    it("finds every text by the beginning of any of its words", () =>
      withEngine(createHome, notes, (engine) =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.string({ unit: "grapheme", maxLength: 6 }).filter(isSaneText), { maxLength: 4 }),
            fc.nat(3),
            fc.integer({ min: 1, max: 6 }),
            async (parts, at, length) => {
              const id = uuidv7();
              const body = parts.join(" ");
              await engine.write((writer) => writer.insert(noteModel, recordOf({ id, body })));
              const [asked] = searchWords((wordsOf(body).at(at) ?? "").slice(0, length).toWellFormed());
              fc.pre(asked !== undefined);
              const search: Predicate = { kind: "search", words: [asked] };
              const found = await engine.read((reader) => reader.get(noteModel, id, search));
              expect(found !== undefined).toBe(wordsOf(body).some((word) => word.startsWith(asked)));
            },
          ),
          parameters,
        ),
      ));

    it("answers at most as many groups as asked", () =>
      withEngine(createHome, notes, async (engine) => {
        await fillNotes(engine, ["a", "b", "c"]);
        const query = { where: always, group: ["body"], figures: { sum: [], avg: [], min: [], max: [] } };
        const groups = await engine.read((reader) => reader.aggregate(noteModel, query, 2));
        expect(groups.map(({ group }) => group["body"])).toEqual(["a", "b"]);
      }));

    it("makes pages by relevance without loss or repetition, ties included, best first", () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.constantFrom("film", "films", "noir", "a", "é"), { maxLength: 6 }), { maxLength: 20 }),
          fc.integer({ min: 1, max: 5 }),
          fc.boolean(),
          (texts, limit, narrowed) =>
            withEngine(createHome, notes, async (engine) => {
              const bodies = texts.map((words) => words.join(" "));
              await fillNotes(engine, bodies);
              const search: Predicate = { kind: "search", words: searchWords("film") };
              const where = narrowed
                ? allOf([search, { kind: "compare", field: "body", path: [], comparison: "contains", operand: "noir" }])
                : search;
              const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
              const whole = await all(engine, noteModel, where, order);
              const ranks = whole.map((row) => Number(row[relevance]));
              expect(ranks).toEqual(ranks.toSorted((left, right) => left - right));
              expect(await inPages(engine, noteModel, where, order, limit)).toEqual(whole);
              const expected = bodies.filter((body) => /\bfilm/.test(body) && (!narrowed || body.includes("noir")));
              expect(whole.map((row) => String(row["body"])).toSorted()).toEqual(expected.toSorted());
            }),
        ),
        parameters,
      ));

    it(`ranks a ${best} text first`, () =>
      withEngine(createHome, notes, async (engine) => {
        const repeated = `film film film film ${"and much else about a town by the sea ".repeat(3)}`;
        await fillNotes(engine, [repeated, "a film", "neither"]);
        const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
        const found = await all(engine, noteModel, { kind: "search", words: ["film"] }, order);
        const expected = best === "short" ? ["a film", repeated] : [repeated, "a film"];
        expect(found.map((row) => row["body"])).toEqual(expected);
      }));

    it("answers nothing where nothing can match, also by relevance and after a cursor", () =>
      withEngine(createHome, notes, async (engine) => {
        await fillNotes(engine, ["film"]);
        const order: readonly SortTerm[] = [{ field: relevance, descending: false }, ...byId];
        const query = { where: never, order, limit: 5 };
        expect(await engine.read((reader) => reader.select(noteModel, { ...query, after: undefined }))).toEqual([]);
        expect(await engine.read((reader) => reader.select(noteModel, { ...query, after: [-1, "x"] }))).toEqual([]);
      }));
  });
}

/** A counterexample as a person can read it: fields by the name of their type. */
function spell({ world, name, many }: { world: World; name: string; many: unknown }): string {
  const fields = world.collections.map((one) => [
    one.name,
    Object.entries(one.fields).map(([field, { type, modifiers }]) => `${field}: ${type.name} ${modifiers.presence}`),
  ]);
  return JSON.stringify({ fields, rows: [...world.rows], name, many });
}

const notes = createModel([collection("notes", { fields: { body: text().search() } })]);
const values = createModel([collection("values", { fields: { number: number(), text: text(), json: json() } })]);
const valueModel = values.collection("values");
const noteModel = notes.collection("notes");

async function fillNotes(engine: Engine, bodies: readonly string[]): Promise<void> {
  await engine.write(async (writer) => {
    for (const [index, body] of bodies.entries()) {
      await writer.insert(
        noteModel,
        recordOf({ id: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`, body }),
      );
    }
  });
}

async function all(
  engine: Engine,
  found: CollectionModel,
  where: Predicate,
  order: readonly SortTerm[],
): Promise<readonly Row[]> {
  return engine.read((reader) => reader.select(found, { where, order, limit: 1000, after: undefined }));
}

/** All records, a page at a time, the cursor spelled and read as a client's is. */
async function inPages(
  engine: Engine,
  found: CollectionModel,
  where: Predicate,
  order: readonly SortTerm[],
  limit: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let page: readonly Row[];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, order, found);
    page = await engine.read((reader) => reader.select(found, { where, order, limit, after }));
    expect(page.length).toBeLessThanOrEqual(limit);
    rows.push(...page);
    const last = page.at(-1);
    cursor = last && encodeCursor(order, last);
  } while (page.length > 0 && rows.length <= 1000);
  return rows;
}
