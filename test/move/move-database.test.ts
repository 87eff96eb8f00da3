import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Change, Engine, FeedEntry, Loader } from "../../src/database/engine.ts";
import { DifferentCopy, type Moved, moveDatabase, planMove } from "../../src/database/move/move-database.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { always } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { worlds } from "../arbitraries/world.ts";
import { recordOf } from "../contract/engine-home.ts";
import { feedChanges } from "../contract/feed-contract.ts";
import { postgresHomes } from "../contract/postgres-home.ts";

const createPostgresHome = await postgresHomes();
const id = text({ min: 1, max: 200 });

/** People know each other and their team, and a team its captain: nobody can be stored first. */
const teams = collection("teams", { id, fields: { name: text().unique(), captain: ref("people") } });
const people = collection("people", {
  id,
  fields: { name: text().search(), team: ref("teams"), friend: ref("people").optional() },
});
const model = createModel([teams, people]);
/** Enough for several pages of each. */
const count = 120;
const numbered = (index: number): string => String(index).padStart(4, "0");

const opened: Engine[] = [];
const memory = (of: Model = model): Engine => {
  const options = { path: ":memory:", access: "readWrite", scanThread: false, transactionTime: 2000 } as const;
  const engine = createSqliteEngine(of, options);
  opened.push(engine);
  return engine;
};
afterAll(() => Promise.all(opened.map((engine) => engine.close())));

const noProgress = { advance() {}, end() {} };
const moveBetween = async (source: Engine, target: Engine, of: Model = model): Promise<Moved> =>
  moveDatabase({ plan: await planMove(of, source), source, target, progress: () => noProgress });

function entryOf(sequence: number): FeedEntry {
  const change: Change = {
    at: "2026-01-01T00:00:00.000Z",
    collection: "people",
    id: numbered(sequence),
    kind: "created",
    actor: null,
    request: "r",
    before: null,
    after: { name: "Piet" },
  };
  return { ...change, sequence };
}

async function fill(loader: Loader, rows = count): Promise<void> {
  const all = Array.from({ length: rows }, (_, index) => numbered(index));
  await loader.insert(
    model.collection("teams"),
    all.map((one, index) => recordOf({ id: one, name: `team ${one}`, captain: numbered(rows - 1 - index) })),
  );
  await loader.insert(
    model.collection("people"),
    all.map((one, index) =>
      recordOf({
        id: one,
        name: `Piet ${one}`,
        team: one,
        friend: index % 3 === 0 ? null : numbered(rows - 1 - index),
      }),
    ),
  );
  // Numbers are left out where transactions were undone.
  await loader.append(all.map((_one, index) => entryOf(index * 2 + 1)));
}

async function filled(rows = count): Promise<Engine> {
  const engine = memory();
  await engine.load((loader) => fill(loader, rows));
  return engine;
}

/** Everything that a database holds. */
function contentOf(engine: Engine, of: Model = model): Promise<Record<string, unknown>> {
  return engine.snapshot(async (from) => {
    const content: Record<string, readonly (Row | FeedEntry)[]> = { feed: await from.entries(0, 10_000) };
    for (const [name, one] of of.collections) {
      const order = [{ field: "id", descending: false }];
      content[name] = await from.select(one, { where: always, order, limit: 10_000, after: undefined });
    }
    return content;
  });
}

/** The same engine, but that whoever fills it is cut off after so many steps. */
function brittle(engine: Engine, steps: number): Engine {
  let left = steps;
  const step = async (store: () => Promise<void>): Promise<void> => {
    if (left-- === 0) throw new Error("cut off");
    await store();
  };
  return {
    ...engine,
    load: (work) =>
      engine.load((loader) =>
        work({
          insert: (into, rows) => step(() => loader.insert(into, rows)),
          append: (entries) => step(() => loader.append(entries)),
        }),
      ),
  };
}

describe("a move", () => {
  test("gives any world to the other engine and back as it is, wherever it is interrupted", () =>
    fc.assert(
      fc.asyncProperty(
        worlds,
        fc.array(fc.tuple(feedChanges, fc.integer({ min: 1, max: 3 })), { maxLength: 4 }),
        fc.tuple(fc.nat(4), fc.nat(4)),
        async (world, drawn, cuts) => {
          let sequence = 0;
          const entries = drawn.map(([one, gap]): FeedEntry => ({ ...one, sequence: (sequence += gap) }));
          const first = memory(world.model);
          await first.load(async (loader) => {
            for (const [name, rows] of world.rows) await loader.insert(world.model.collection(name), rows);
            await loader.append(entries);
          });
          const home = createPostgresHome();
          const second = home.open(world.model);
          const third = memory(world.model);
          const ways = [
            [first, second],
            [second, third],
          ] as const;
          try {
            for (const [way, [source, target]] of ways.entries()) {
              const cut = moveBetween(source, brittle(target, cuts[way] ?? 0), world.model);
              await cut.catch((error: unknown) => expect(String(error)).toContain("cut off"));
              await moveBetween(source, target, world.model);
              expect(await contentOf(target, world.model)).toEqual(await contentOf(first, world.model));
              await target.migrate(world.model);
            }
          } finally {
            await second.close();
            await home.remove();
          }
        },
      ),
      { numRuns: 4 },
    ));

  test("can be interrupted before each of its steps, and goes on where it was", async () => {
    const source = await filled();
    const content = await contentOf(source);
    const moved: number[] = [];
    for (let steps = 0; moved.at(-1) !== 0; steps++) {
      const target = memory();
      await moveBetween(source, brittle(target, steps)).catch(() => undefined);
      moved.push((await moveBetween(source, target)).moved);
      expect(await contentOf(target)).toEqual(content);
      await target.migrate(model);
    }
    expect(moved[0]).toBe(count * 3);
    expect(moved.length).toBeGreaterThan(6);
    // The later it was interrupted, the less was left.
    expect(moved).toEqual(moved.toSorted((one, other) => other - one));
    expect(new Set(moved).size).toBe(moved.length);
  });

  test("can be interrupted again and again, at another place each time", async () => {
    const source = await filled();
    const target = memory();
    for (const steps of [1, 0, 2, 1, 0])
      await expect(moveBetween(source, brittle(target, steps))).rejects.toThrow("cut off");
    await moveBetween(source, target);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  test("says what each part holds on both sides, and what it has moved", async () => {
    const moved = await moveBetween(await filled(), memory());
    expect(moved.moved).toBe(count * 3);
    expect(moved.parts.map(({ name, source }) => [name, source.count])).toEqual([
      ["teams", count],
      ["people", count],
      ["change feed", count],
    ]);
    for (const { source, target } of moved.parts) {
      expect(source.checksum).toMatch(/^[0-9a-f]{64}$/);
      expect(target).toEqual(source);
    }
  });

  test("that was done already moves nothing, and leaves the target in use alone", async () => {
    const source = await filled();
    const target = memory();
    const { parts } = await moveBetween(source, target);
    const used: Engine = { ...target, load: () => Promise.reject(new Error("It was filled again.")) };
    expect(await moveBetween(source, used)).toEqual({ parts, moved: 0 });
  });

  test("of what has grown since the last one adds what is new", async () => {
    const source = await filled();
    const target = memory();
    await moveBetween(source, target);
    const late = recordOf({ id: "zoe", name: "Zoe", team: numbered(1), friend: null });
    await source.write(async (writer) => {
      await writer.insert(model.collection("people"), late);
      await writer.append(entryOf(0));
    });
    expect((await moveBetween(source, target)).moved).toBe(2);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  test("makes the tables of what is empty", async () => {
    const source = memory();
    await source.migrate(model);
    const target = memory();
    expect((await moveBetween(source, target)).moved).toBe(0);
    expect([...(await target.tables()).keys()]).toContain("people");
  });

  test("of long records takes few of them at a time", async () => {
    const notes = createModel([collection("notes", { id, fields: { body: text({ max: 1_000_000 }) } })]);
    const source = memory(notes);
    const body = "a long text ".repeat(20_000);
    const rows = Array.from({ length: 60 }, (_, index) => recordOf({ id: numbered(index), body }));
    await source.load((loader) => loader.insert(notes.collection("notes"), rows));
    const sizes: number[] = [];
    const target = memory(notes);
    const watched: Engine = {
      ...target,
      load: (work) =>
        target.load((loader) =>
          work({
            ...loader,
            insert(into, page) {
              sizes.push(page.length);
              return loader.insert(into, page);
            },
          }),
        ),
    };
    await moveBetween(source, watched, notes);
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(5);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60);
  });
});

describe("a target", () => {
  /** What it is refused with, after which it is what it was. */
  async function refusalOf(source: Engine, target: Engine): Promise<string> {
    const before = [await contentOf(target), await target.tables()];
    const refusal = await moveBetween(source, target).then(
      () => "It was not refused.",
      (error: unknown) => (error instanceof Error ? error.message : ""),
    );
    expect([await contentOf(target), await target.tables()]).toEqual(before);
    return refusal;
  }
  const own = "The target has data of its own";

  test("with records of its own is refused, and stays as it is", async () => {
    expect(await refusalOf(await filled(10), await filled(20))).toMatch(
      `${own}: what it holds of teams (20 rows) is not`,
    );
  });

  test("with one record that is another is refused", async () => {
    const source = await filled();
    const target = memory();
    await moveBetween(source, target);
    await target.write((writer) => writer.update(model.collection("people"), numbered(7), { version: 2 }));
    expect(await refusalOf(source, target)).toMatch(`${own}: what it holds of people (${count} rows) is not`);
  });

  test("without a record that comes before others is refused", async () => {
    const target = memory();
    const rows = [recordOf({ id: numbered(1), name: "Piet 0001", team: numbered(1), friend: null })];
    await target.load(async (loader) => {
      await loader.insert(model.collection("teams"), [recordOf({ id: numbered(1), name: "t", captain: numbered(1) })]);
      await loader.insert(model.collection("people"), rows);
    });
    expect(await refusalOf(await filled(), target)).toMatch(`${own}: what it holds of teams (1 row) is not`);
  });

  test("with a change feed of its own is refused", async () => {
    const target = memory();
    await target.migrate(model);
    await target.write((writer) => writer.append({ ...entryOf(1), id: "another" }));
    expect(await refusalOf(await filled(), target)).toMatch(`${own}: what it holds of change feed (1 row)`);
  });

  test("of another definition is refused as long as it has records", async () => {
    const other = createModel([collection("people", { id, fields: { age: text() } })]);
    const home = createPostgresHome();
    const before = home.open(other);
    try {
      await before.load((loader) => loader.insert(other.collection("people"), [recordOf({ id: "a", age: "7" })]));
      const target = home.open(model);
      await expect(moveBetween(await filled(), target)).rejects.toThrow(
        `${own}: it has no people.name, people.team, people.friend, which the definition declares.`,
      );
      await before.write((writer) => writer.remove(other.collection("people"), "a"));
      await moveBetween(await filled(), target);
      await target.close();
    } finally {
      await before.close();
      await home.remove();
    }
  });

  test("that holds a part of another database is refused", async () => {
    const target = memory();
    await expect(moveBetween(await filled(), brittle(target, 2))).rejects.toThrow("cut off");
    const others = await filled(10);
    expect(await refusalOf(others, target)).toMatch("The target holds a part of another database");
    await expect(target.migrate(model)).rejects.toThrow("holds only a part of another one");
  });

  test("that becomes another while it is read back is no copy, and can't be used", async () => {
    const source = await filled();
    const target = memory();
    const disturbed: Engine = {
      ...target,
      async snapshot(work) {
        // Everything has arrived, and is about to be read back.
        if ((await target.snapshot((from) => from.countEntries().catch(() => 0))) === count)
          await target.write((writer) => writer.update(model.collection("people"), numbered(7), { version: 2 }));
        return target.snapshot(work);
      },
    };
    const error: unknown = await moveBetween(source, disturbed).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DifferentCopy);
    expect(error).toMatchObject({ message: expect.stringContaining("not the same as the source: people.") as unknown });
    await expect(target.migrate(model)).rejects.toThrow("holds only a part of another one");
  });
});

describe("a source", () => {
  test("without what the definition declares is refused before anything is made", async () => {
    const target = memory();
    await expect(moveBetween(memory(), target)).rejects.toThrow("it has no teams, people, _changes. Start Galley");
    const older = createModel([teams, collection("people", { id, fields: { name: text() } })]);
    const source = memory(older);
    await source.migrate(older);
    await expect(moveBetween(source, target)).rejects.toThrow("it has no people.team, people.friend. Start Galley");
    expect((await target.tables()).size).toBe(0);
  });

  test("that is a part of another database is refused", async () => {
    const source = memory();
    await expect(moveBetween(await filled(), brittle(source, 3))).rejects.toThrow("cut off");
    await expect(moveBetween(source, memory())).rejects.toThrow("The source holds only a part of another database");
  });

  test("that is written to meanwhile is told of, and the target can't be used", async () => {
    const source = await filled();
    const target = memory();
    let snapshots = 0;
    const busy: Engine = {
      ...source,
      async snapshot(work) {
        // The first compares, the second is moved, the third looks whether that was all.
        if (++snapshots === 3) await source.write((writer) => writer.append(entryOf(0)));
        return source.snapshot(work);
      },
    };
    await expect(moveBetween(busy, target)).rejects.toThrow("The source was written to while it was moved.");
    await expect(target.migrate(model)).rejects.toThrow("holds only a part of another one");
  });

  test("with tables and fields that are no longer declared keeps them, and they are named", async () => {
    const more = createModel([
      teams,
      collection("people", { id, fields: { ...people.fields, note: text().optional() } }),
      collection("tags", { id, fields: { name: text() } }),
    ]);
    const home = createPostgresHome();
    const before = home.open(more);
    try {
      await before.load((loader) => fill(loader, 3));
      const source = home.open(model);
      expect((await planMove(model, source)).left).toEqual(["people.note", "tags"]);
      await source.close();
    } finally {
      await before.close();
      await home.remove();
    }
  });
});
