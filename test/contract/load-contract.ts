import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change, Engine, FeedEntry, Loader, Snapshot } from "../../src/database/engine.ts";
import { always } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { selectInMemory, worlds } from "../arbitraries/world.ts";
import { type CreateHome, recordOf, withEngine } from "./engine-home.ts";
import { feedChanges } from "./feed-contract.ts";

const id = text({ min: 1, max: 200 });
const byId = [{ field: "id", descending: false }];

/** Teams need a captain, who needs a team: neither can be stored first. */
const model = createModel([
  collection("teams", { id, fields: { name: text().unique(), captain: ref("people") }, indexes: [["-name"]] }),
  collection("people", { id, fields: { name: text().search(), team: ref("teams"), boss: ref("people").optional() } }),
]);
const teams = model.collection("teams");
const people = model.collection("people");
const circle = async (loader: Loader): Promise<void> => {
  await loader.insert(teams, [recordOf({ id: "t", name: "Ajax", captain: "p" })]);
  await loader.insert(people, [
    recordOf({ id: "b", name: "Boy", team: "t", boss: "p" }),
    recordOf({ id: "p", name: "Piet", team: "t", boss: "p" }),
  ]);
};
const change: Change = {
  at: "2026-01-01T00:00:00.000Z",
  collection: "teams",
  id: "t",
  kind: "deleted",
  actor: null,
  request: null,
  before: { name: "Ajax" },
  after: null,
};

/** An engine can be copied: read as of one moment, and filled with what another has read. */
export function describeLoads(createHome: CreateHome, runs: number): void {
  const rowsOf = (reader: Snapshot, of: Model, name: string): Promise<Row[]> =>
    reader.select(of.collection(name), { where: always, order: byId, limit: 1000, after: undefined });
  const append = (engine: Engine) => engine.write((writer) => writer.append(change));

  describe("snapshots", () => {
    it("are of one moment, whatever is written while they are read", () =>
      withEngine(createHome, model, async (engine, home) => {
        await engine.load(circle);
        await append(engine);
        let late: Promise<unknown> = Promise.resolve();
        await engine.snapshot(async (snapshot) => {
          late = engine.write(async (writer) => {
            await writer.insert(people, recordOf({ id: "q", name: "Quinten", team: "t", boss: null }));
            await writer.update(people, "b", { name: "Bertus" });
            await writer.append(change);
          });
          // In memory there is one connection, and who writes waits for it.
          if (home.keeps) await late;
          expect((await rowsOf(snapshot, model, "people")).map(({ name }) => name)).toEqual(["Boy", "Piet"]);
          expect(await snapshot.count(people, always)).toBe(2);
          expect(await snapshot.entries(0, 10)).toHaveLength(1);
          expect(await snapshot.countEntries()).toBe(1);
        });
        await late;
        const now = await engine.snapshot((snapshot) => rowsOf(snapshot, model, "people"));
        expect(now.map(({ name }) => name)).toEqual(["Bertus", "Piet", "Quinten"]);
      }));

    it("have the entries of the feed by their numbers, from any of them on", () =>
      withEngine(createHome, model, async (engine) => {
        await engine.load((loader) => loader.append([1, 3, 4].map((sequence) => ({ ...change, sequence }))));
        const numbers = (after: number, limit: number) =>
          engine.snapshot(async (snapshot) => (await snapshot.entries(after, limit)).map(({ sequence }) => sequence));
        expect(await numbers(0, 2)).toEqual([1, 3]);
        expect(await numbers(1, 10)).toEqual([3, 4]);
        expect(await numbers(4, 10)).toEqual([]);
      }));

    it("end with a work that fails, and tell of it", () =>
      withEngine(createHome, model, async (engine) => {
        await expect(engine.snapshot(() => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
        await append(engine);
        expect(await engine.snapshot((snapshot) => snapshot.countEntries())).toBe(1);
      }));
  });

  describe("loads", () => {
    it("store every value as it was given, in whatever order the collections come, and entries with their numbers", () =>
      fc.assert(
        fc.asyncProperty(
          worlds,
          fc.array(fc.tuple(feedChanges, fc.integer({ min: 1, max: 3 })), { maxLength: 5 }),
          fc.boolean(),
          async (world, drawn, reversed) => {
            let sequence = 0;
            const entries = drawn.map(([one, step]): FeedEntry => ({ ...one, sequence: (sequence += step) }));
            const names = [...world.rows.keys()];
            await withEngine(createHome, world.model, async (engine) => {
              await engine.load(async (loader) => {
                for (const name of reversed ? names.toReversed() : names)
                  await loader.insert(world.model.collection(name), world.rows.get(name) ?? []);
                await loader.append(entries);
              });
              await engine.snapshot(async (snapshot) => {
                for (const name of names)
                  expect(await rowsOf(snapshot, world.model, name)).toEqual(selectInMemory(world, name, always, byId));
                expect(await snapshot.entries(0, 100)).toEqual(entries);
              });
              await append(engine);
              const [next] = await engine.snapshot((snapshot) => snapshot.entries(sequence, 10));
              expect(next?.sequence).toBeGreaterThan(sequence);
            });
          },
        ),
        { numRuns: runs },
      ));

    it("take records that require each other, and hold references, unique values and words afterwards", () =>
      withEngine(createHome, model, async (engine) => {
        await engine.load(circle);
        await engine.migrate(model);
        const conflict = { code: "conflict" };
        await expect(engine.write((writer) => writer.remove(people, "p"))).rejects.toMatchObject(conflict);
        const dangling = recordOf({ id: "n", name: "N", team: "nowhere", boss: null });
        await expect(engine.write((writer) => writer.insert(people, dangling))).rejects.toMatchObject(conflict);
        const twice = recordOf({ id: "u", name: "Ajax", captain: "p" });
        await expect(engine.write((writer) => writer.insert(teams, twice))).rejects.toMatchObject(conflict);
        const found = await engine.read((reader) => reader.count(people, { kind: "search", words: ["pie"] }));
        expect(found).toBe(1);
      }));

    it("keep others from a database that was filled in part, until another load has gone on to the end", async () => {
      const home = createHome();
      let engine = home.open(model);
      const broken = engine.load(async (loader) => {
        await loader.insert(teams, [recordOf({ id: "t", name: "Ajax", captain: "p" })]);
        throw new Error("killed");
      });
      await expect(broken).rejects.toThrow("killed");
      if (home.keeps) {
        await engine.close();
        engine = home.open(model);
      }
      await expect(engine.migrate(model)).rejects.toThrow("holds only a part of another one");
      // Its captain is not there yet.
      await expect(engine.load(() => Promise.resolve())).rejects.toThrow();
      await expect(engine.migrate(model)).rejects.toThrow("holds only a part of another one");
      const captain = recordOf({ id: "p", name: "Piet", team: "t", boss: null });
      await engine.load((loader) => loader.insert(people, [captain]));
      await engine.migrate(model);
      await engine.close();
      await home.remove();
    });

    it("can be told from the tables that there are", () =>
      withEngine(createHome, model, async (engine) => {
        const tables = await engine.tables();
        for (const { name, stored } of [teams, people])
          expect(tables.get(name)?.toSorted()).toEqual(expect.arrayContaining(stored.toSorted()));
        expect(tables.has("_changes")).toBe(true);
        expect(tables.has("_loading")).toBe(false);
        await engine.load(async () => expect((await engine.tables()).has("_loading")).toBe(true));
      }));
  });
}
