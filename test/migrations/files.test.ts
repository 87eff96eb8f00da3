import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IntentOptions } from "../../src/database/migration/intent.ts";
import { createMigrations, type Migrations } from "../../src/database/migration/migrations.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { collection } from "../../src/schema/collection.ts";
import { integer } from "../../src/schema/field-number.ts";
import { ref } from "../../src/schema/field-ref.ts";
import { text } from "../../src/schema/field-text.ts";
import type { Fields } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { recordOf } from "../contract/engine-home.ts";
import { type Home, postgresHome, sqliteHome, using } from "./homes.ts";

const id = text({ min: 1, max: 200 });
const reviews = collection("reviews", { id, fields: { film: ref("films") } });
const modelOf = (fields: Fields, options: object = {}): Model =>
  createModel([collection("films", { id, fields, ...options }), reviews]);

const fields = { title: text().search(), stock: integer(), note: text().optional() };
const before = modelOf(fields);

describe.each([
  ["SQLite", sqliteHome],
  ["PostgreSQL", postgresHome],
])("migrations by files on %s", (engine, createHome) => {
  let home: Home;
  let folder = "";
  beforeAll(async () => {
    home = await createHome();
  });
  afterAll(() => home.remove());

  /** A database with two films and a review, and the file that makes its tables. */
  beforeEach(async () => {
    if (folder !== "") rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "galley-files-"));
    await home.empty();
    await using(home.open(before), async (opened) => {
      await opened.migrate(before);
      const insert = (name: string, row: Row) =>
        opened.write((writer) => writer.insert(before.collection(name), recordOf(row)));
      await insert("films", { id: "a", title: "Metropolis", stock: 1, note: null });
      await insert("films", { id: "b", title: "Nosferatu", stock: 2, note: "dark" });
      await insert("reviews", { id: "r", film: "a" });
    });
    await on(before, async (migrations) => {
      await migrations.write("begin", {});
      expect(await migrations.apply()).toMatchObject([{ outcome: "found" }]);
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The migrations of a definition, while something is done with them. */
  const on = <T>(model: Model, work: (migrations: Migrations) => Promise<T>): Promise<T> =>
    using(home.migrator(), (migrator) =>
      work(createMigrations({ migrator, model, folder, clock: { now: () => Date.UTC(2026, 2, 1) } })),
    );
  const write = async (model: Model, options: IntentOptions = {}, name = "change"): Promise<string> => {
    const { files } = await on(model, (migrations) => migrations.write(name, options));
    expect(files).toHaveLength(1);
    return files[0] ?? "";
  };
  const apply = (model: Model) => on(model, (migrations) => migrations.apply());
  const check = (model: Model) => on(model, (migrations) => migrations.check());
  const films = (model: Model, where: Predicate = always, name = "films"): Promise<Row[]> =>
    using(home.open(model), async (opened) =>
      opened.read((reader) =>
        reader.select(model.collection(name), {
          where,
          order: [{ field: "id", descending: false }],
          limit: 10,
          after: undefined,
        }),
      ),
    );
  const messageOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "It was not refused.",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  /** Changes a file before it is applied, or afterwards. */
  function edit(name: string, change: (text: string) => string): void {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  }

  it("refuse what would lose something, with words that say how to name it, and do it once it is named", async () => {
    const model = modelOf({ name: text(), stock: text(), note: text(), rating: integer() });
    const { refused, drafts } = await on(model, (migrations) => migrations.plan({}));
    const about = (place: string): string[] => refused.filter((line) => line.startsWith(`${place} `));
    expect(drafts).toEqual([]);
    expect(about("films.title")).toEqual([expect.stringContaining("--drop films.title. If it is name now: --rename")]);
    expect(about("films.name")).toEqual([expect.stringContaining("--backfill films.name=")]);
    expect(about("films.stock")).toEqual([expect.stringContaining("--narrow 'films.stock=")]);
    expect(about("films.note")).toEqual([expect.stringContaining("--backfill films.note=")]);
    expect(about("films.rating")).toEqual([expect.stringContaining("--backfill films.rating=")]);
    expect(refused).toHaveLength(5);
    expect(await messageOf(write(model))).toBe(refused.join("\n"));
    expect(readdirSync(folder)).toHaveLength(1);

    const file = await write(model, {
      rename: ["films.title=name"],
      narrow: [`films.stock='about ' || "stock"`],
      backfill: ["films.note='none'", `films.rating="stock" * 10`],
    });
    const written = readFileSync(join(folder, file), "utf8");
    expect(written).toContain("-- Loses: films.stock was");
    expect(written).toContain("about ");
    await apply(model);
    expect(await films(model)).toMatchObject([
      { id: "a", name: "Metropolis", stock: "about 1", note: "none", rating: 10 },
      { id: "b", name: "Nosferatu", stock: "about 2", note: "dark", rating: 20 },
    ]);
    expect(await check(model)).toEqual([]);
  });

  it("drop what is named, and leave what is not", async () => {
    const model = createModel([collection("films", { id, fields: { title: text() } })]);
    const { left, refused } = await on(model, (migrations) => migrations.plan({ drop: ["films.stock"] }));
    expect(refused).toEqual([]);
    expect(left).toEqual([expect.stringMatching(/^reviews is no longer/), expect.stringMatching(/^films.note is no/)]);
    await write(model, { drop: ["films.stock", "films.note", "reviews"] });
    await apply(model);
    expect(await films(model)).toHaveLength(2);
    expect(await messageOf(home.run("SELECT * FROM reviews"))).toMatch(/no such table|does not exist/);
    expect(await check(model)).toEqual([]);
  });

  it("refuse options that nothing comes of, or that can't be read", async () => {
    const options = { drop: ["films.title", "nothing"], rename: ["films.a=b"], backfill: ["films.stock=1"] };
    const { refused } = await on(before, (migrations) => migrations.plan(options));
    expect(refused).toEqual([
      expect.stringContaining("--rename films.a=b is of no use"),
      expect.stringContaining("--backfill films.stock is of no use"),
      expect.stringContaining("--drop films.title is of no use"),
      expect.stringContaining("--drop nothing is of no use"),
    ]);
    const wrong = on(before, (migrations) => migrations.plan({ rename: ["films"], narrow: ["films.a="] }));
    expect(await messageOf(wrong)).toMatch(/^--rename films can't be read[^\n]*\n--narrow films\.a= can't be read/);
  });

  it("leave the database as it was when a statement fails, and say which", async () => {
    const model = modelOf({ ...fields, rating: integer() });
    const file = await write(model, { backfill: ["films.rating=1"] });
    edit(file, (sql) => `${sql.split("\n-- galley: outside")[0]}\nINSERT INTO nowhere VALUES (1);\n`);
    const line = readFileSync(join(folder, file), "utf8").split("\n").length - 1;
    expect(await messageOf(apply(model))).toMatch(new RegExp(`^${file}, line ${line}: .*nowhere`));
    expect(await films(before)).toMatchObject([{ stock: 1 }, { stock: 2 }]);
    expect(await check(before)).toEqual([`${file} is pending: galley migrate apply.`]);
    edit(file, (sql) => sql.replace(/INSERT INTO nowhere.*\n/, ""));
    expect(await apply(model)).toEqual([{ name: file, outcome: "run" }]);
    expect(await films(model)).toMatchObject([{ rating: 1 }, { rating: 1 }]);
  });

  it("are applied as they were edited before, and are known to be others when they are edited afterwards", async () => {
    const model = modelOf({ ...fields, rating: integer() });
    const file = await write(model, { backfill: ["films.rating=1"] });
    edit(file, (sql) =>
      sql
        .replace("\n-- galley: outside", "\n")
        .replace(/$/, `\nUPDATE films SET title = 'Faust' WHERE id = 'b';\n-- galley: words films\n`),
    );
    await apply(model);
    expect(await films(model, { kind: "search", words: ["faust"] })).toMatchObject([{ id: "b" }]);
    expect(await films(model, { kind: "search", words: ["nosferatu"] })).toEqual([]);
    // Line ends are no change: version control may choose them.
    edit(file, (sql) => sql.replaceAll("\n", "\r\n"));
    expect(await check(model)).toEqual([]);
    edit(file, (sql) => sql.replace("Faust", "Golem"));
    expect(await check(model)).toEqual([expect.stringContaining(`${file} was changed after it was applied`)]);
    expect(await apply(model)).toEqual([]);
    rmSync(join(folder, file));
    expect(await check(model)).toEqual([expect.stringContaining(`${file} was applied and is no longer in the folder`)]);
    expect(await messageOf(write(modelOf({ title: text() })))).toContain(`${file} is gone`);
  });

  it("say in a line each how the database differs from them, and don't run on what they don't know", async () => {
    const model = modelOf({ ...fields, rating: integer().optional() }, { indexes: [["stock"]] });
    const file = await write(model);
    const big = engine === "SQLite" ? "INTEGER" : "bigint";
    await home.run(`ALTER TABLE films ADD COLUMN "extra" ${big}; CREATE INDEX my_own ON films (title)`);
    expect(await check(before)).toEqual([
      expect.stringContaining(`${file} is pending`),
      "films.extra is in the database and not in the files.",
    ]);
    expect(await messageOf(apply(model))).toMatch(
      new RegExp(`^${file} can't be applied: [^\\n]*\\n {2}- films.extra is in the database and not in the files\\.$`),
    );
    await home.run(`ALTER TABLE films DROP COLUMN "extra"`);
    await apply(model);
    expect(await check(model)).toEqual([]);
    expect(await check(modelOf({ title: text().search() }))).toEqual([
      "films.stock is in the database and not in the definition.",
      expect.stringMatching(/^The index films_stock_id\S* is in the database and not in the definition\.$/),
    ]);
  });

  it("write what a database has beyond them as a file of its own, before what it shall have", async () => {
    const tried = modelOf({ ...fields, live: integer().default(1), place: text().optional() }, { indexes: [["live"]] });
    await using(home.open(tried), (opened) => opened.migrate(tried));
    const model = modelOf({ title: text().search(), note: text().optional(), alive: integer().default(1) });
    // The definition has no default for what is called otherwise now.
    const backfill = ["films.live=1"];
    const options = { rename: ["films.live=alive"], drop: ["films.stock", "films.place"], backfill };
    const { files } = await on(model, (migrations) => migrations.write("alive", options));
    expect(files).toEqual(["20260301000001_meanwhile.sql", "20260301000002_alive.sql"]);
    expect(await on(model, (migrations) => migrations.apply())).toEqual([
      { name: files[0], outcome: "found" },
      { name: files[1], outcome: "run" },
    ]);
    expect(await check(model)).toEqual([]);
    expect(await films(model)).toMatchObject([{ alive: 1 }, { alive: 1 }]);
    await home.empty();
    await apply(model);
    expect(await check(model)).toEqual([]);
  });

  it("refuse a file that was written for another schema than the ones before it leave", async () => {
    const one = await write(modelOf({ ...fields, one: text().optional() }), {}, "one");
    rmSync(join(folder, one));
    const other = await write(modelOf({ ...fields, other: text().optional() }), {}, "other");
    const kept = readFileSync(join(folder, other), "utf8");
    rmSync(join(folder, other));
    await write(modelOf({ ...fields, one: text().optional() }), {}, "one");
    writeFileSync(join(folder, "20260301000009_other.sql"), kept);
    expect(await messageOf(apply(before))).toContain("20260301000009_other.sql was written for another schema");
    expect((await on(before, (migrations) => migrations.status())).map(({ state }) => state)).toEqual([
      "applied",
      "applied",
      "pending",
    ]);
  });

  it("make a new database by themselves", async () => {
    const model = modelOf({ ...fields, rating: integer().default(3).unique() }, { indexes: [["-stock"]] });
    await write(model);
    await home.empty();
    await apply(model);
    await using(home.open(model), async (opened) => {
      const row = recordOf({ id: "x", title: "Faust", stock: 1, note: null, rating: 3 });
      await opened.write((writer) => writer.insert(model.collection("films"), row));
    });
    expect(await films(model, { kind: "search", words: ["faust"] })).toMatchObject([{ id: "x" }]);
    expect(await check(model)).toEqual([]);
  });

  it("are tried on a copy, which is gone afterwards", async () => {
    const model = modelOf({ ...fields, note: text().default("none") });
    const file = await write(model);
    await home.run("CREATE VIEW titles AS SELECT title FROM films");
    const { applied, differences } = await on(model, (migrations) => migrations.rehearse());
    expect({ applied, differences }).toEqual({ applied: [{ name: file, outcome: "run" }], differences: [] });
    expect(await films(before)).toMatchObject([{ note: null }, { note: "dark" }]);
    expect(await check(before)).toEqual([expect.stringContaining("is pending")]);
    edit(file, (sql) => `${sql}\nDROP TABLE nowhere;\n`);
    expect(await messageOf(on(model, (migrations) => migrations.rehearse()))).toContain("nowhere");
    expect(await check(before)).toEqual([expect.stringContaining("is pending")]);
  });

  it("may be written by hand, and tell mistakes by their lines", async () => {
    const hand = (name: string, sql: string): void => writeFileSync(join(folder, name), sql);
    hand("20270101000000_by_hand.sql", "-- Why not.\nUPDATE films SET stock = stock + 1;\n");
    const other = engine === "SQLite" ? "postgres" : "sqlite";
    hand("20270101000001_elsewhere.sql", `-- galley: engine ${other}\nDROP TABLE films;\n`);
    expect(await apply(before)).toEqual([{ name: "20270101000000_by_hand.sql", outcome: "run" }]);
    expect(await films(before)).toMatchObject([{ stock: 2 }, { stock: 3 }]);
    for (const [sql, message] of [
      ["SELECT 1;\nCOMMIT;", "line 2: a file is one transaction"],
      ["\n-- galley: wrods films", 'line 2: "-- galley: wrods films" is no directive'],
      ["-- galley: engine mysql", 'the engine is "mysql"'],
      ["SELECT 'a", "Line 1: what begins with ' has no end"],
    ] as const) {
      hand("20270101000002_wrong.sql", sql);
      expect(await messageOf(apply(before)), sql).toContain(`20270101000002_wrong.sql`);
      expect(await messageOf(apply(before)), sql).toContain(message);
    }
    rmSync(join(folder, "20270101000002_wrong.sql"));
    hand("20250101000000_late.sql", "SELECT 1;");
    expect(await messageOf(apply(before))).toContain("20250101000000_late.sql comes before a file that is applied");
    rmSync(join(folder, "20250101000000_late.sql"));
    hand("Rating.sql", "");
    expect(await messageOf(apply(before))).toContain("Rating.sql: the name must be like");
  });

  it("are applied once, whoever comes at the same time", async () => {
    const model = modelOf({ ...fields, rating: integer() });
    const file = await write(model, { backfill: ["films.rating=1"] });
    // Whoever comes second must not think that it has been there already.
    edit(file, (sql) => sql.replace(/-- galley: after .*\n/, ""));
    await Promise.all([1, 2, 3].map(() => apply(model)));
    expect(await check(model)).toEqual([]);
    expect(await films(model)).toMatchObject([{ rating: 1 }, { rating: 1 }]);
  });
});
