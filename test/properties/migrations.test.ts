import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import type { IntentOptions } from "../../src/database/migration/intent.ts";
import { createMigrations, type Migrations } from "../../src/database/migration/migrations.ts";
import type { Migrator } from "../../src/database/migration/migrator.ts";
import { hashOf } from "../../src/database/migration/schema.ts";
import { always, type Predicate } from "../../src/query/predicate.ts";
import type { Row } from "../../src/query/sort.ts";
import { wordsOf } from "../../src/query/words.ts";
import { collection } from "../../src/schema/collection.ts";
import { Field } from "../../src/schema/field.ts";
import { createModel, type Model } from "../../src/schema/model.ts";
import { type Evolution, evolutions, type Naming } from "../arbitraries/evolution.ts";
import { predicates } from "../arbitraries/predicates.ts";
import { insertAll } from "../contract/engine-home.ts";
import { type Home, postgresHome, sqliteHome, using } from "../migrations/homes.ts";

const folder = mkdtempSync(join(tmpdir(), "galley-evolution-"));
afterAll(() => rm(folder, { recursive: true }));
let number = 0;
/** More runs for who has the time. */
const factor = Number(process.env["GALLEY_MIGRATION_RUNS"] ?? 1);
/** A counterexample is made smaller for as long as there is time to tell it. */
const longest = 50_000 * factor;

const migrationsOf = (migrator: Migrator, model: Model, place: string): Migrations =>
  createMigrations({ migrator, model, folder: place, clock: { now: () => Date.UTC(2026, 2, 1) } });

/** The value of a field as an SQL expression: what an engine makes of a default. */
function spell(migrator: Migrator, { field, value }: NonNullable<Naming["value"]>): string {
  if (value === null) return "NULL";
  const given = new Field(field.type).default(value);
  const [table] = migrator.wanted(createModel([collection("values", { fields: { given } })])).tables;
  return table?.columns.find(({ name }) => name === "given")?.fallback ?? "";
}

function optionsOf(migrator: Migrator, named: readonly Naming[]): IntentOptions {
  const options: Record<keyof IntentOptions, string[]> = { rename: [], drop: [], narrow: [], backfill: [] };
  for (const { option, place, value } of named)
    options[option].push(value === undefined ? place : `${place}=${spell(migrator, value)}`);
  return options;
}

const order = [{ field: "id", descending: false }];
const select = async (engine: Engine, model: Model, name: string, where: Predicate): Promise<Row[]> =>
  engine.read((reader) => reader.select(model.collection(name), { where, order, limit: 100, after: undefined }));

/** Follows the second definition by files, and compares with a database that never had another. */
async function follow(
  { before, after, named }: Evolution,
  wheres: ReadonlyMap<string, readonly Predicate[]>,
  createHome: () => Promise<Home>,
): Promise<void> {
  const [old, fresh] = [await createHome(), await createHome()];
  const place = join(folder, `files-${++number}`);
  try {
    await using(old.open(before.model), async (engine) => {
      await engine.migrate(before.model);
      await engine.write((writer) => insertAll(writer, before.model, before.rows));
    });
    await using(old.migrator(), async (migrator) => {
      const first = migrationsOf(migrator, before.model, place);
      expect((await first.write("begin", {})).files).toHaveLength(1);
      expect(await first.apply()).toMatchObject([{ outcome: "found" }]);
      expect(await first.check()).toEqual([]);

      const second = migrationsOf(migrator, after.model, place);
      await second.write("change", optionsOf(migrator, named));
      const { schema } = await migrator.look();
      const { differences } = await second.rehearse();
      expect(differences).toEqual([]);
      expect(await migrator.look()).toMatchObject({ schema });
      await second.apply();
      expect(await second.check()).toEqual([]);
      expect(await second.plan({})).toMatchObject({ drafts: [], refused: [], left: [] });
    });
    await using(fresh.migrator(), async (migrator) => {
      // The files make of nothing what they have made of the other database.
      await migrationsOf(migrator, after.model, place).apply();
      const made = hashOf((await migrator.look()).schema);
      await using(old.migrator(), async (other) => expect(hashOf((await other.look()).schema)).toBe(made));
      expect(made).toBe(hashOf(migrator.wanted(after.model)));
    });
    await using(fresh.open(after.model), (expected) =>
      using(old.open(after.model), async (followed) => {
        await expected.write((writer) => insertAll(writer, after.model, after.rows));
        for (const [name, rows] of after.rows) {
          const found = await select(followed, after.model, name, always);
          expect(found).toEqual(await select(expected, after.model, name, always));
          expect(found).toHaveLength(rows.length);
        }
        for (const [name, some] of wheres) {
          for (const where of [...some, ...searches(after, name)])
            expect(await select(followed, after.model, name, where)).toEqual(
              await select(expected, after.model, name, where),
            );
        }
        await expectSameRefusals(followed, expected, after);
      }),
    );
  } finally {
    await old.remove();
    await fresh.remove();
  }
}

/** A search for each word of the records. */
function searches({ model, rows }: Evolution["after"], name: string): Predicate[] {
  const { searched } = model.collection(name);
  const words = (rows.get(name) ?? []).flatMap((row) =>
    searched.flatMap((field) => wordsOf(typeof row[field] === "string" ? row[field] : "")),
  );
  return [...new Set(words)].map((word): Predicate => ({ kind: "search", words: [word] }));
}

/** Foreign keys and unique indexes: what one database refuses the other refuses, with the same words. */
async function expectSameRefusals(
  followed: Engine,
  expected: Engine,
  { model, rows }: Evolution["after"],
): Promise<void> {
  for (const [name, some] of rows) {
    const [row] = some;
    if (row === undefined) continue;
    const table = model.collection(name);
    const tell = (engine: Engine, work: "remove" | "insert"): Promise<unknown> =>
      engine
        .write(async (writer) => {
          if (work === "remove") await writer.remove(table, String(row["id"]));
          else await writer.insert(table, { ...row, id: "00000000-0000-7000-8000-00000000abcd" });
          throw new Error("It was not refused.");
        })
        .catch((error: unknown) => (error instanceof Error ? error.message : error));
    for (const work of ["remove", "insert"] as const)
      expect(await tell(followed, work)).toBe(await tell(expected, work));
  }
}

/** An evolution, and questions to ask of what comes out. */
const scenes = evolutions.chain((evolution) => {
  const { model } = evolution.after;
  const wheres = [...model.collections.keys()].map((name) =>
    fc.array(predicates(model, name), { maxLength: 4 }).map((some): [string, Predicate[]] => [name, some]),
  );
  return fc.record({
    evolution: fc.constant(evolution),
    wheres: fc.tuple(...wheres).map((entries) => new Map(entries)),
  });
});

describe("any two definitions: by files, the records of the first become what a new database of the second has", () => {
  it(
    "on SQLite",
    () =>
      fc.assert(
        fc.asyncProperty(scenes, ({ evolution, wheres }) => follow(evolution, wheres, sqliteHome)),
        { numRuns: 12 * factor, plugins: [fc.interruptAfterTimeLimit(longest)] },
      ),
    60_000 * factor,
  );

  it(
    "on PostgreSQL",
    () =>
      fc.assert(
        fc.asyncProperty(scenes, ({ evolution, wheres }) => follow(evolution, wheres, postgresHome)),
        { numRuns: 3 * factor, plugins: [fc.interruptAfterTimeLimit(longest)] },
      ),
    60_000 * factor,
  );
});
