import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  backend,
  boolean,
  collection,
  date,
  integer,
  json,
  list,
  number,
  object,
  secret,
  text,
  timestamp,
} from "galley";
import { arbitrary } from "galley/testing/arbitrary";
import { type ExportOptions, runExport } from "../../src/cli/run-export.ts";
import { runImport } from "../../src/cli/run-import.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { sqliteImage } from "../../src/database/sqlite/sqlite-image.ts";
import type { Engine } from "../../src/database/engine.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { openDatabase } from "../../src/records/open-database.ts";

const things = collection("things", {
  fields: {
    title: text(),
    note: text().optional(),
    count: integer(),
    size: number().optional(),
    open: boolean(),
    tags: list(text()),
    sizes: list(number()).optional(),
    meta: json().optional(),
    place: object({ city: text().optional() }).optional(),
    day: date().optional(),
    at: timestamp().default(({ now }) => now),
    inner: text().hidden().optional(),
    key: secret().optional(),
  },
});
const { model } = assemble(backend({ collections: [things] }));
const image = sqliteImage(model);
const silent = { write: () => undefined };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "galley-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  const transactionTime = 2000;
  const path = ":memory:";
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime, image });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

const fill = (engine: Engine, inputs: readonly object[]) =>
  openDatabase({ model, engine, clock: systemClock })(things).createMany(inputs as never);

/** The records without what the server keeps itself. */
async function recordsOf(engine: Engine): Promise<object[]> {
  const all = await openDatabase({ model, engine, clock: systemClock })(things).all({ sort: ["id"] });
  const kept = new Set(["createdAt", "updatedAt", "version"]);
  return all.map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => !kept.has(name))));
}

const nothing = () => new PassThrough().resume();

test.each(["things.csv", "things.tsv.gz", "things.json", "things.ndjson.gz"])(
  "what is exported as %s gives the same records when it is imported into an empty database",
  async (name) => {
    const path = join(folder, name);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary(things), { maxLength: 12 }), async (inputs) => {
        const before = await withEngine(async (engine) => {
          await fill(engine, inputs);
          const streams = { stream: silent, output: nothing() };
          expect(await runExport({ model, engine }, "things", path, { hidden: true }, streams)).toBe(inputs.length);
          return recordsOf(engine);
        });
        await withEngine(async (engine) => {
          const surroundings = { stream: silent, signal: new AbortController().signal };
          const { position } = await runImport({ model, engine }, "things", path, {}, surroundings);
          expect(position).toMatchObject({ created: inputs.length, refused: 0 });
          expect(await recordsOf(engine)).toEqual(before);
        });
      }),
      { numRuns: 25 },
    );
  },
);

const thing = (title: string, count: number) => ({
  title,
  count,
  open: true,
  tags: [],
  inner: "within",
  key: "s3cret",
});

async function exported(engine: Engine, options: ExportOptions): Promise<string> {
  const output = new PassThrough();
  const whole = textOf(output);
  await runExport({ model, engine }, "things", "-", options, { stream: silent, output });
  output.end();
  return whole;
}

test("an export shows what clients may see, and what is asked for", () =>
  withEngine(async (engine) => {
    await fill(engine, [thing("A", 1), thing("B", 2), thing("C", 3)]);
    const whole = await exported(engine, { format: "ndjson" });
    expect(whole).not.toMatch(/inner|within|key|s3cret/);
    expect(JSON.parse(whole.split("\n")[0] ?? "")).toMatchObject({ title: "A", version: 1 });
    expect(await exported(engine, { format: "ndjson", hidden: true })).toContain("s3cret");
    expect(await exported(engine, { select: "title, count", where: "count[gte]=2" })).toBe("title,count\nB,2\nC,3\n");
    expect(await exported(engine, { select: "title", where: '{"or":[{"count":1},{"title":"C"}]}' })).toBe(
      "title\nA\nC\n",
    );
    expect(await exported(engine, { select: "title", where: "count=9" })).toBe("title\n");
    expect(await exported(engine, { format: "json", where: "count=9" })).toBe("[\n]\n");
    await expect(exported(engine, { select: "titel" })).rejects.toThrow("--select names titel, which is not stored");
    await expect(exported(engine, { where: "titel=1" })).rejects.toThrow("titel");
    await expect(exported(engine, { where: "limit=1" })).rejects.toThrow("--where has limit, which is no condition.");
    await expect(exported(engine, { where: "{" })).rejects.toThrow("--where is no JSON");
  }));

test("many pages are one file, which has its name once it is whole", () =>
  withEngine(async (engine) => {
    await fill(
      engine,
      Array.from({ length: 2500 }, (_, count) => thing("A", count)),
    );
    const streams = { stream: silent, output: nothing() };
    const path = join(folder, "pages.json");
    expect(await runExport({ model, engine }, "things", path, {}, streams)).toBe(2500);
    const records: unknown = JSON.parse(await readFile(path, "utf8"));
    expect(records).toHaveLength(2500);
    const secretPath = join(folder, "secret.csv");
    await runExport({ model, engine }, "things", secretPath, { hidden: true }, streams);
    const { mode } = await stat(secretPath);
    if (process.platform !== "win32") expect(mode & 0o077).toBe(0);
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
    await expect(runExport({ model, engine }, "things", join(folder, "none", "a.csv"), {}, streams)).rejects.toThrow(
      `There is no folder ${join(folder, "none")} for`,
    );
  }));
