import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TransactionTimeout } from "../../src/database/deadline.ts";
import type { Engine, Writer } from "../../src/database/engine.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { GalleyError } from "../../src/kit/galley-error.ts";
import { always } from "../../src/query/predicate.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { text } from "../../src/schema/field-text.ts";
import { createModel } from "../../src/schema/model.ts";
import { recordOf } from "../contract/engine-home.ts";
import { type FreshDatabase, freshDatabase } from "./fresh-database.ts";

const model = createModel([
  collection("counters", {
    id: text({ min: 1, max: 200 }),
    fields: { name: text().unique(), value: integer(), note: text().optional().search() },
  }),
]);
const counters = model.collection("counters");
const counter = (id: string, fields: Record<string, unknown> = {}) =>
  recordOf({ id, name: id, value: 0, note: null, ...fields });

let database: FreshDatabase;
let engine: Engine;
const open = (poolSize = 3): Engine =>
  createPostgresEngine(model, { url: database.url, poolSize, statementTime: 10_000, transactionTime: 1000 });
beforeAll(async () => {
  database = await freshDatabase();
  engine = open();
  await engine.migrate(model);
  await engine.close();
});
afterAll(() => database.drop());
beforeEach(() => {
  engine = open();
});
afterEach(async () => {
  await engine.close();
  await database.run(`DELETE FROM counters`);
});

const ids = async (): Promise<unknown[]> =>
  (await database.run("SELECT id FROM counters ORDER BY id")).map(({ id }) => id);
const tryInsert = (writer: Writer, id: string, name: string): Promise<string> =>
  writer.insert(counters, counter(id, { name })).then(
    () => "stored",
    (error: unknown) => (error instanceof GalleyError ? error.code : "another"),
  );

describe("a work that goes on after a write was refused", () => {
  test("keeps what it does then, as on every engine", async () => {
    await engine.write((writer) => writer.insert(counters, counter("a")));
    const told = await engine.write(async (writer) => {
      await writer.insert(counters, counter("before"));
      const first = await tryInsert(writer, "b", "a");
      const second = await tryInsert(writer, "b", "b");
      return [first, second, await writer.count(counters, always)];
    });
    expect(told).toEqual(["conflict", "stored", 3]);
    expect(await ids()).toEqual(["a", "b", "before"]);
  });

  test("keeps what it did before, also when it does nothing more", async () => {
    await engine.write((writer) => writer.insert(counters, counter("a")));
    const told = await engine.write(async (writer) => {
      await writer.insert(counters, counter("before"));
      return tryInsert(writer, "b", "a");
    });
    expect(told).toBe("conflict");
    expect(await ids()).toEqual(["a", "before"]);
  });

  test("may have sent its writes all at once", async () => {
    const told = await engine.write((writer) =>
      Promise.all([tryInsert(writer, "a", "same"), tryInsert(writer, "b", "same"), tryInsert(writer, "c", "c")]),
    );
    expect(told).toEqual(["stored", "conflict", "stored"]);
    expect(await ids()).toEqual(["a", "c"]);
  });

  test("is run again as often as any other where it lost against another", async () => {
    await engine.write((writer) => writer.insert(counters, counter("a")));
    const add = async (writer: Writer): Promise<void> => {
      const row = await writer.get(counters, "a", always);
      // Whoever catches everything catches collisions, too.
      await writer.update(counters, "a", { value: Number(row?.["value"]) + 1 }).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: 20 }, () => engine.write(add)));
    expect(await database.run("SELECT value FROM counters")).toEqual([{ value: "20" }]);
  });
});

describe("what a work does without waiting for anything else", () => {
  /** How many statements of each kind the server has seen since. */
  async function statements(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
    await database.run(`CREATE TABLE IF NOT EXISTS seen (what text)`);
    await database.run(
      `CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (TG_OP); RETURN NULL; END'`,
    );
    await database.run(
      `CREATE TRIGGER seeing AFTER INSERT OR UPDATE OR DELETE ON counters FOR EACH STATEMENT EXECUTE FUNCTION see()`,
    );
    try {
      await work();
      return await database.run("SELECT what, count(*)::int AS times FROM seen GROUP BY what ORDER BY what");
    } finally {
      await database.run("DROP TRIGGER seeing ON counters");
      await database.run("DROP TABLE seen");
    }
  }

  test("is one statement for the records that it adds, changes and asks for", async () => {
    const names = ["a", "b", "c"];
    const seen = await statements(() =>
      engine.write(async (writer) => {
        for (const id of names) await writer.insert(counters, counter(id, { note: `note of ${id}` }));
        for (const [value, id] of names.entries()) await writer.update(counters, id, { value });
        const rows = await Promise.all([...names, "none"].map((id) => writer.get(counters, id, always)));
        expect(rows.map((row) => row?.["value"])).toEqual([0, 1, 2, undefined]);
        // What follows is of another turn, and sees what was changed before it.
        await writer.update(counters, "a", { note: "another", value: 7 });
        await writer.update(counters, "a", { value: 8 });
        await writer.remove(counters, "b");
      }),
    );
    expect(seen).toEqual([
      { what: "DELETE", times: 1 },
      { what: "INSERT", times: 1 },
      { what: "UPDATE", times: 3 },
    ]);
    const search = { kind: "search", words: ["another"] } as const;
    const found = await engine.read((reader) =>
      reader.select(counters, {
        where: search,
        order: [{ field: "id", descending: false }],
        limit: 9,
        after: undefined,
      }),
    );
    expect(found).toMatchObject([{ id: "a", value: 8, note: "another" }]);
    expect(await ids()).toEqual(["a", "c"]);
  });

  test("is refused with the record at fault, though it was told that all was done", async () => {
    await engine.write((writer) => writer.insert(counters, counter("taken")));
    const told = await engine.write(async (writer) => {
      const answers = await Promise.all([
        tryInsert(writer, "a", "a"),
        tryInsert(writer, "b", "taken"),
        tryInsert(writer, "c", "c"),
      ]);
      const renamed = await writer.update(counters, "c", { name: "taken" }).catch(() => "refused");
      return [...answers, renamed];
    });
    expect(told).toEqual(["stored", "conflict", "stored", "refused"]);
    expect(await ids()).toEqual(["a", "c", "taken"]);
  });

  test("may be more than the server keeps up with", async () => {
    const work = async (writer: Writer): Promise<void> => {
      for (let index = 0; index < 300; index++) {
        await writer.insert(counters, counter(`n${index}`));
        // Another kind in between, so that nothing gathers.
        await writer.update(counters, `n${index}`, { value: index });
      }
    };
    await engine.write(work, { milliseconds: 30_000 });
    expect(await database.run("SELECT count(*)::int, sum(value)::int FROM counters")).toEqual([
      { count: 300, sum: 44_850 },
    ]);
  });
});

describe("a transaction", () => {
  test("is never taken for committed when one of its entries in the feed failed", async () => {
    const work = engine.write(async (writer) => {
      await writer.insert(counters, counter("a"));
      await writer.append({
        at: "no time",
        collection: "counters",
        id: "a",
        kind: "created",
        actor: null,
        request: null,
        before: null,
        after: null,
      });
    });
    await expect(work).rejects.toThrow("invalid input syntax");
    expect(await ids()).toEqual([]);
  });

  test("that waits for another one's lock is stopped in time, and the server stops with it", async () => {
    await engine.write((writer) => writer.insert(counters, counter("a")));
    const gate = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holder = engine.write(
      async (writer) => {
        await writer.update(counters, "a", { value: 1 });
        locked.resolve();
        await gate.promise;
      },
      { milliseconds: 10_000 },
    );
    await locked.promise;
    const late = engine.write((writer) => writer.update(counters, "a", { value: 2 }), { milliseconds: 300 });
    await expect(late).rejects.toThrow(TransactionTimeout);
    await expect
      .poll(() =>
        database.run(
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        ),
      )
      .toEqual([]);
    gate.resolve();
    await holder;
    expect(await database.run("SELECT value FROM counters")).toEqual([{ value: "1" }]);
  });

  test("whose connection is ended by the server fails as overloaded, and the next one has another", async () => {
    const work = engine.write(async (writer) => {
      await writer.insert(counters, counter("a"));
      await database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'galley' AND datname = current_database()",
      );
      await writer.insert(counters, counter("b"));
    });
    await expect(work).rejects.toMatchObject({ code: "overloaded", headers: { "retry-after": "1" } });
    await engine.write((writer) => writer.insert(counters, counter("c")));
    expect(await engine.read((reader) => reader.count(counters, always))).toBe(1);
    expect(await ids()).toEqual(["c"]);
  });
});

describe("an exhausted pool", () => {
  test("sheds load while it is, and never deadlocks", async () => {
    const gate = Promise.withResolvers<void>();
    const holders = Array.from({ length: 3 }, (_, index) =>
      engine.write(
        async (writer) => {
          await writer.insert(counters, counter(`h${index}`));
          await gate.promise;
          return writer.count(counters, always);
        },
        { milliseconds: 10_000 },
      ),
    );
    await sleep(100);
    const shed = Array.from({ length: 20 }, (_, index) =>
      engine.write((writer) => writer.insert(counters, counter(`s${index}`))),
    );
    const told = await Promise.allSettled(shed);
    expect(told).toEqual(
      told.map(() => ({ status: "rejected", reason: expect.objectContaining({ code: "overloaded" }) as unknown })),
    );
    expect(await engine.read((reader) => reader.count(counters, always))).toBe(0);
    gate.resolve();
    await Promise.all(holders);
    await engine.write((writer) => writer.insert(counters, counter("after")));
    expect(await ids()).toEqual(["after", "h0", "h1", "h2"]);
  });

  test("of one connection is enough for works that collide", async () => {
    const small = open(1);
    await small.write((writer) => writer.insert(counters, counter("a")));
    const add = async (writer: Writer): Promise<void> => {
      const row = await writer.get(counters, "a", always);
      await writer.update(counters, "a", { value: Number(row?.["value"]) + 1 });
    };
    await Promise.all([small, engine].flatMap((one) => Array.from({ length: 20 }, () => one.write(add))));
    await small.close();
    expect(await database.run("SELECT value FROM counters")).toEqual([{ value: "40" }]);
  });
});

describe("a connection", () => {
  test("prepares its statements again after another program has changed the table", async () => {
    await engine.write((writer) => writer.insert(counters, counter("a")));
    const read = () => engine.read((reader) => reader.get(counters, "a", always));
    for (let time = 0; time < 4; time++) await read();
    await database.run(`ALTER TABLE counters ALTER COLUMN value TYPE integer`);
    for (let time = 0; time < 4; time++) expect(await read()).toMatchObject({ id: "a", value: 0 });
    await engine.write((writer) => writer.update(counters, "a", { value: 1 }));
    await database.run(`ALTER TABLE counters ALTER COLUMN value TYPE bigint`);
    const row = await engine.write(async (writer) => {
      await writer.update(counters, "a", { value: 2 });
      return writer.get(counters, "a", always);
    });
    expect(row).toMatchObject({ value: 2 });
  });

  test("has its own settings, whatever the database has as its default", async () => {
    const name = new URL(database.url).pathname.slice(1);
    await database.run(`ALTER DATABASE ${name} SET TimeZone = 'Asia/Tokyo'`);
    await database.run(`ALTER DATABASE ${name} SET DateStyle = 'German'`);
    await database.run(`ALTER DATABASE ${name} SET extra_float_digits = 0`);
    const own = new URL(database.url);
    own.searchParams.set("options", "-c search_path=public -c TimeZone=America/New_York");
    const other = createPostgresEngine(model, {
      url: own.href,
      poolSize: 1,
      statementTime: 1000,
      transactionTime: 1000,
    });
    const row = counter("a", { createdAt: "2026-03-01T09:30:00.500Z" });
    await other.write((writer) => writer.insert(counters, row));
    expect(await other.read((reader) => reader.get(counters, "a", always))).toEqual(row);
    await other.close();
    await database.run(`ALTER DATABASE ${name} RESET ALL`);
  });
});

describe("a long value", () => {
  test("that no index holds is refused as input", async () => {
    const name = Array.from({ length: 9000 }, () => String.fromCodePoint(97 + Math.floor(Math.random() * 26))).join("");
    const work = engine.write((writer) => writer.insert(counters, counter("a", { name })));
    await expect(work).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("of words is stored and found by them, also where a word is longer than the index holds", async () => {
    const long = "x".repeat(5000);
    const note = `${long} first ${Array.from({ length: 60_000 }, (_, index) => `word${index}`).join(" ")}`;
    await engine.write((writer) => writer.insert(counters, counter("a", { note })));
    for (const words of [[long], ["first"], ["word77"], ["firs", "x"]]) {
      expect(
        await engine.read((reader) => reader.count(counters, { kind: "search", words })),
        words[0]?.slice(0, 9),
      ).toBe(1);
    }
  });
});
