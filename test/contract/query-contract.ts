import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSaneText } from "../../src/kit/text.ts";
import type { Engine, JsonView } from "../../src/database/engine.ts";
import { uuidv7 } from "../../src/kit/uuid.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { holdsBefore } from "../../src/records/record-context.ts";
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
import { all, byId, inPages } from "./engine-reads.ts";

/** An engine finds, orders, pages and sums up exactly as memory does. */
export function describeQueries(createHome: CreateHome, runs: number): void {
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
          for (const row of world.rows.get(found.name) ?? []) {
            const wanted = expected.find(({ id }) => id === row["id"]);
            await engine.read(async (reader) => {
              expect(await reader.get(found, String(row["id"]), where)).toEqual(wanted);
              // What is foreseen of a record before it is stored.
              const context = { model: world.model, reader };
              expect(await holdsBefore(where, found, row, context)).toBe(wanted !== undefined);
            });
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

    it("answers at most as many groups as asked", () =>
      withEngine(createHome, values, async (engine) => {
        await engine.write(async (writer) => {
          for (const text of ["a", "b", "c"])
            await writer.insert(valueModel, recordOf({ id: uuidv7(), number: 1, text, json: {} }));
        });
        const query = { where: always, group: ["text"], figures: { sum: [], avg: [], min: [], max: [] } };
        const groups = await engine.read((reader) => reader.aggregate(valueModel, query, 2));
        expect(groups.map(({ group }) => group["text"])).toEqual(["a", "b"]);
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

const values = createModel([collection("values", { fields: { number: number(), text: text(), json: json() } })]);
const valueModel = values.collection("values");
