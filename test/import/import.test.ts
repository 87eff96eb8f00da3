import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  backend,
  boolean,
  choice,
  collection,
  GalleyError,
  integer,
  json,
  list,
  number,
  object,
  ref,
  slug,
  text,
  timestamp,
} from "galley";
import { type ImportOptions, runImport } from "../../src/cli/run-import.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { sqliteImage } from "../../src/database/sqlite/sqlite-image.ts";
import type { Engine } from "../../src/database/engine.ts";
import { systemClock } from "../../src/kit/clock.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { type OpenDatabase, openDatabase } from "../../src/records/open-database.ts";

const directors = collection("directors", { fields: { name: text().unique() } });
const log = collection("log", { fields: { note: text() } });
const films = collection("films", {
  fields: {
    title: text({ max: 20 }),
    year: integer({ min: 1888 }).optional(),
    rating: number().optional(),
    seen: boolean().default(false),
    status: choice(["draft", "published"]).default("draft"),
    tags: list(text()).default([]),
    scores: list(integer()).optional(),
    meta: json().optional(),
    place: object({ city: text() }).optional(),
    at: timestamp().optional(),
    note: text().optional(),
    sku: text().unique().optional(),
    director: ref("directors").optional(),
  },
  hooks: {
    beforeCreate(film) {
      if (film.title === "Forbidden") throw new GalleyError("conflict", "No film of that name.");
      if (film.title === "Broken") throw new TypeError("a mistake in a hook");
    },
    async afterCreate({ title }, { db }) {
      await db(log).create({ note: title });
      if (title === "Too late") throw new GalleyError("conflict", "It is too late.");
    },
  },
});
const pages = collection("pages", { fields: { title: text(), slug: slug({ from: "title" }).unique() } });
const { model } = assemble(backend({ collections: [films, directors, log, pages] }));

let folder: string;
let engine: Engine;
let db: OpenDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "galley-import-"));
});
afterAll(() => rm(folder, { recursive: true }));

const image = sqliteImage(model);
beforeEach(() => {
  const transactionTime = 2000;
  engine = createSqliteEngine(model, {
    path: ":memory:",
    access: "readWrite",
    scanThread: false,
    transactionTime,
    image,
  });
  db = openDatabase({ model, engine, clock: systemClock });
  return () => engine.close();
});

/** Imports a text, and answers what was said beside what was stored. */
async function importing(content: string | Buffer, options: ImportOptions = {}, name = "films.csv", until = 0) {
  const path = join(folder, name);
  await writeFile(path, content);
  let said = "";
  const stop = new AbortController();
  const stream = {
    write(line: string) {
      said += line;
      if (until > 0 && said.split("\n").length > until) stop.abort();
    },
  };
  const { position, whole } = await runImport({ model, engine }, "films", path, options, {
    stream,
    signal: stop.signal,
  });
  const { created, changed, refused } = position;
  const place = `${path}:`;
  const lines = said
    .split("\n")
    .flatMap((line) => (line.startsWith(place) ? [`line ${line.slice(place.length)}`] : []));
  return { created, changed, refused, whole, lines };
}

const titles = async () => (await db(films).all({ sort: ["title"] })).map(({ title }) => title);

test("values of CSV become what the fields are, and what is empty is missing", async () => {
  const content = [
    "\uFEFFtitle,year,rating,seen,tags,scores,meta,place,at,note",
    '"M, or ""M""",1931,8.5,yes,old; german,1;2,"{""a"":[1]}","{""city"":""Berlin""}",1931-05-11T20:00:00+01:00,"two\nlines"',
    'Empty,,,,,,,,,""',
    '"List",,,,"[""a;b""]",,7,,,',
  ].join("\r\n");
  expect(await importing(content)).toMatchObject({ created: 3, refused: 0, whole: true });
  const [empty, listed, m] = await db(films).all({ sort: ["title"] });
  expect(m).toMatchObject({
    title: 'M, or "M"',
    year: 1931,
    rating: 8.5,
    seen: true,
    tags: ["old", "german"],
    scores: [1, 2],
    meta: { a: [1] },
    place: { city: "Berlin" },
    at: "1931-05-11T19:00:00.000Z",
    note: "two\nlines",
  });
  expect(empty).toMatchObject({ year: null, seen: false, status: "draft", tags: [], meta: null, note: "" });
  expect(listed).toMatchObject({ tags: ["a;b"], meta: 7, note: null });
});

test("records go the way of every write: hooks run and the feed has them", async () => {
  await importing("title\nM\nMetropolis\n");
  expect(await db(log).count()).toBe(2);
  const changes = await engine.read((reader) => reader.changes(0, 10));
  expect(changes.filter(({ collection: name }) => name === "films")).toMatchObject([
    { kind: "created", after: { title: "M" } },
    { kind: "created", after: { title: "Metropolis" } },
  ]);
});

test("what is refused is told with its line and reason, and costs no other record", async () => {
  const content = [
    "title,year,sku,meta",
    "First,1900,a,",
    '"Two\nlines",1800,,',
    ",x,,{",
    "Same,1900,a,",
    "Forbidden,,,",
    "Too late,,,",
    "Few,1",
    '"Open,1900,b,',
    "Last,1900,c,",
  ].join("\n");
  const { lines, ...figures } = await importing(content);
  expect(figures).toEqual({ created: 2, changed: 0, refused: 7, whole: true });
  expect(lines).toEqual([
    "line 3: year must be at least 1888",
    "line 5: meta must be JSON; title is required; year must be a whole number between -(2^53-1) and 2^53-1, and is a string",
    "line 6: films has another record with the same sku.",
    "line 7: No film of that name.",
    "line 8: It is too late.",
    "line 9: The record has 2 values, and the first line has 4 names",
    "line 10: The record has a quote that is not closed; one inside of a value is written twice",
  ]);
  expect(await titles()).toEqual(["First", "Last"]);
  // Nothing is left of what was taken back.
  expect(await db(log).count()).toBe(2);
});

test("the file of what was refused can be mended and imported again", async () => {
  const errors = join(folder, "bad.csv");
  const content = 'title,year,note\nGood,1900,\n"Bad, but near",1800,""\n';
  expect(await importing(content, { errors })).toMatchObject({ created: 1, refused: 1 });
  const bad = await readFile(errors, "utf8");
  expect(bad).toBe('title,year,note,_reason\n"Bad, but near",1800,"",year must be at least 1888\n');
  expect(await importing(bad.replace("1800", "1900"), {}, "mended.csv")).toMatchObject({ created: 1, refused: 0 });
  expect(await db(films).find({ where: { year: 1900, note: "" } })).toMatchObject({ title: "Bad, but near" });
  await importing('title,year\nMany,1900,"a,b",\n"Broken\n', { errors });
  expect(await readFile(errors, "utf8")).toBe(
    [
      "title,year,_reason",
      'Many,"1900,""a,b"",","The record has 4 values, and the first line has 2 names"',
      '"""Broken",,The record has a quote that is not closed; one inside of a value is written twice',
      "",
    ].join("\n"),
  );
  await expect(importing(bad, { errors }, "bad.csv")).rejects.toThrow("--errors is the file that is imported");
});

test("columns are for the fields that the map names, and what is no field is refused before anything is stored", async () => {
  const content = 'Name,"Release Year",Studio\nM,1931,Nero\n';
  const map = new Map([
    ["title", "Name"],
    ["year", "Release Year"],
  ]);
  await expect(importing(content, { map })).rejects.toThrow('"Studio": no such field in films; there are id, title,');
  await expect(importing(content, { map: new Map([["title", "Nme"]]) })).rejects.toThrow(
    '--map names the column "Nme", which is not in the file; there are "Name", "Release Year", "Studio".',
  );
  await expect(importing(content, { map: new Map([["director.createdAt", "Name"]]) })).rejects.toThrow(
    "--map names director.createdAt, and createdAt is not unique in directors: records are found by a field that is unique(), or by their id.",
  );
  await expect(importing(content, { map: new Map([["version", "Name"]]) })).rejects.toThrow("--map names version");
  await expect(importing("title,title\n", {})).rejects.toThrow("Two columns of the file are for title.");
  const set = new Map([["status", "published"]]);
  expect(await importing(content, { map, set, ignoreUnknown: true })).toMatchObject({ created: 1, refused: 0 });
  expect(await db(films).find({})).toMatchObject({ title: "M", year: 1931, status: "published" });
  await expect(importing(content, { map, set: new Map([["status", "gone"]]) })).rejects.toThrow("--set status=gone: ");
});

test("a reference is an id, or a unique field of the other record", async () => {
  const lang = await db(directors).create({ name: "Fritz Lang" });
  const content = `title,director.name\nM,Fritz Lang\nMetropolis,Fritz Lang\nNobody,Nobody\nNone,\n`;
  const { lines, created } = await importing(content);
  expect({ lines, created }).toEqual({
    lines: ['line 4: director refers to no record of directors: none has the name "Nobody"'],
    created: 3,
  });
  expect(await db(films).count({ where: { director: lang.id } })).toBe(2);
  const byId = `title,director\nId,${lang.id}\nBad,0198c2a0-0000-7000-8000-000000000000\n`;
  expect(await importing(byId)).toMatchObject({ created: 1, refused: 1 });
});

test("upsert changes what is there, leaves what the file doesn't say, and creates the rest", async () => {
  await importing("title,sku,year,note\nM,m,1931,kept\n");
  const again = await importing("title,sku,year,note\nM renamed,m,,\nNew,n,1950,\nNone,,,\nBad,m,1,\n", {
    upsert: "sku",
  });
  expect(again).toMatchObject({ created: 1, changed: 1, refused: 2 });
  expect(await db(films).find({ where: { sku: "m" } })).toMatchObject({
    title: "M renamed",
    year: 1931,
    note: "kept",
    version: 2,
  });
  await expect(importing("title\n", { upsert: "title" })).rejects.toThrow(
    "--upsert names title, which is no unique field",
  );
  // In JSON, null takes a value away.
  await importing('{"sku":"m","note":null}\n', { upsert: "sku" }, "films.ndjson");
  expect(await db(films).find({ where: { sku: "m" } })).toMatchObject({ note: null });
});

test("ids are kept, and what the server keeps itself is not taken", async () => {
  const id = "0198c2a0-1111-7000-8000-000000000000";
  const content = `id,title,version,createdAt\n${id},M,7,1999-01-01T00:00:00.000Z\nnone,Bad,,\n`;
  expect(await importing(content)).toMatchObject({
    created: 1,
    refused: 1,
    lines: [expect.stringMatching(/^line 3: id /)],
  });
  expect(await db(films).get(id)).toMatchObject({ title: "M", version: 1 });
});

test.each([
  [
    "an array of JSON",
    "a.json",
    '[ {"title":"A"},\n{"title":"B]\\""} , {"title": 1},\n {"titel":"C"}, 7, {"title":} ]\n',
  ],
  [
    "objects that follow each other",
    "b.json",
    '{"title":"A"}\n{"title":"B]\\""} {"title": 1}\n{"titel":"C"}\n7\n{"title":}\n',
  ],
  ["lines of JSON", "c.ndjson", '{"title":"A"}\r\n\n{"title":"B]\\""}\n{"title": 1}\n{"titel":"C"}\n7\n{"title":}'],
  [
    "lines that are packed",
    "d.jsonl.gz",
    gzipSync('{"title":"A"}\n{"title":"B]\\""}\n{"title": 1}\n{"titel":"C"}\n7\n{"title":}'),
  ],
])("%s are read record by record", async (_, name, content) => {
  const { lines, created } = await importing(content, {}, name);
  expect({ created, titles: await titles() }).toEqual({ created: 2, titles: ["A", 'B]"'] });
  expect(lines.map((line) => line.replace(/^line \d+: /, ""))).toEqual([
    "title must be a string, and is a number",
    "titel is not a field here; title is required",
    "The record must be an object, and is a number",
    expect.stringMatching(/^The record must be an object in JSON: /),
  ]);
});

test("the rest of JSON can be mended too", async () => {
  const errors = join(folder, "bad.ndjson");
  await importing('[{"title":"A"},{"title":1},oh]', { errors }, "films.json");
  expect(await readFile(errors, "utf8")).toMatch(
    /^\{"title":1,"_reason":"title must be a string, and is a number"\}\n\{"_line":"oh","_reason":"The record must be an object in JSON: [^\n]*"\}\n$/,
  );
});

test("what can't be read is told in one line, with the file, the line in it, and what was expected", async () => {
  const json = '[{"title":"A"},\n{\n "title": "B",\n "year": x\n},\n5, ["a"]]';
  expect((await importing(json, {}, "broken.json")).lines).toEqual([
    `line 2: The record must be an object in JSON: Unexpected token 'x', ..." "year": x }" is not valid JSON`,
    "line 6: The record must be an object, and is a number",
    "line 6: The record must be an object, and is an array",
  ]);
  expect((await importing('{"title":"A",}\n\n{"title" "B"}', {}, "broken.ndjson")).lines).toEqual([
    "line 1: The record must be an object in JSON: Expected double-quoted property name, at its character 14",
    "line 3: The record must be an object in JSON: Expected ':' after property name, at its character 10",
  ]);
  expect((await importing("title,year\nA\n")).lines).toEqual([
    "line 2: The record has 1 value, and the first line has 2 names",
  ]);
  await expect(importing('"title\n')).rejects.toThrow(
    "films.csv:1: The first line, which must name the columns, has a quote that is not closed; one inside of a value is",
  );
  await expect(importing("[] 1", {}, "after.json")).rejects.toThrow(
    /after\.json: Line 1: something follows after the end of the array\.$/,
  );
});

test("a dry run refuses the same and stores nothing", async () => {
  const content = "title,sku\nA,a\nB,a\nForbidden,\nC,c\n";
  const dry = await importing(content, { dryRun: true });
  expect(dry).toMatchObject({ created: 2, refused: 2 });
  expect([await db(films).count(), await db(log).count()]).toEqual([0, 0]);
  expect(await importing(content)).toEqual(dry);
});

test("slugs that are made get a number where they are taken, and a dry run knows", async () => {
  const path = join(folder, "pages.csv");
  await writeFile(path, `title\n${"Home\n".repeat(1200)}`);
  const { signal } = new AbortController();
  const run = (dryRun: boolean) =>
    runImport({ model, engine }, "pages", path, { dryRun }, { stream: { write: () => {} }, signal });
  expect((await run(true)).position).toMatchObject({ created: 1200, refused: 0 });
  expect((await run(false)).position).toMatchObject({ created: 1200, refused: 0 });
  expect(await db(pages).count({ where: { slug: "home-1200" } })).toBe(1);
});

test("a dry run finds what a line far above has taken, and what it would change", async () => {
  const line = (at: number): string => `Film ${at},s${at}\n`;
  const many = Array.from({ length: 1200 }, (_, at) => line(at)).join("");
  const content = `title,sku\n${many}Twice,s3\nNone,\nNeither,\n`;
  const dry = await importing(content, { dryRun: true });
  expect(dry).toMatchObject({
    created: 1202,
    refused: 1,
    lines: ["line 1202: films has another record with the same sku."],
  });
  const changing = await importing(content, { dryRun: true, upsert: "sku" });
  expect(changing).toMatchObject({ created: 1200, changed: 1, refused: 2 });
  expect(await db(films).count()).toBe(0);
  expect(await importing(content)).toEqual(dry);
  expect(await importing(content, { upsert: "sku", dryRun: true })).toMatchObject({
    created: 0,
    changed: 1201,
    refused: 2,
  });
});

test("a strict import ends at the first that is refused, and goes on with it once it is mended", async () => {
  const content = "title,year\nA,1900\nB,1\nC,1900\nD,1\n";
  expect(await importing(content, { strict: true })).toMatchObject({ created: 1, refused: 1, whole: false });
  expect(await importing(content.replace("B,1\n", "B,1901\n"), { resume: true })).toMatchObject({ whole: true });
  expect(await titles()).toEqual(["A", "B", "C"]);
});

test("an import that was stopped goes on where it was, and never by itself", async () => {
  const content = `title,year\n${Array.from({ length: 2000 }, (_, at) => `Film ${at},${at % 500 === 7 ? 1 : 1900}\n`).join("")}`;
  const errors = join(folder, "stopped.csv");
  const stopped = await importing(content, { errors }, "films.csv", 1);
  expect(stopped).toMatchObject({ created: 99, refused: 1, whole: false });
  // Reported by a transaction that was not stored.
  await writeFile(errors, `lost,1,${"lost ".repeat(200)}\n`, { flag: "a" });
  await expect(importing(content)).rejects.toThrow("was stopped after line 101. --resume goes on after it; --restart");
  expect(await importing(content, { errors, resume: true })).toMatchObject({ created: 1996, refused: 4, whole: true });
  expect(await db(films).count()).toBe(1996);
  expect((await readFile(errors, "utf8")).match(/^Film \d+/gm)).toEqual([
    "Film 7",
    "Film 507",
    "Film 1007",
    "Film 1507",
  ]);
  expect(await readFile(errors, "utf8")).not.toContain("lost");
  await expect(importing(content, { resume: true })).rejects.toThrow("none was stopped");
  await importing("title\nAgain\n");
  expect(await db(films).count()).toBe(1997);
});

test("what is no fault of a record ends the import with its line, and what was stored before stays", async () => {
  const before = Array.from({ length: 500 }, (_, at) => `Film ${at}\n`).join("");
  await expect(importing(`title\n${before}Next\nBroken\n`)).rejects.toThrow(
    "Line 503 could not be stored: a mistake in a hook",
  );
  expect(await db(films).count()).toBe(500);
  await expect(importing(Buffer.from("title\nCaf\xe9\n", "latin1"), { restart: true })).rejects.toThrow("is not UTF-8");
});

test.each([
  [{ format: "xml" }, "films.csv", "--format is xml, and must be one of csv, json, ndjson."],
  [{}, "films.txt", "doesn't say what it is by its name: add --format"],
  [{ delimiter: ";;" }, "films.csv", "--delimiter must be one character"],
])("an import with %j of %s says what would be right", async (options, name, message) => {
  await expect(importing("title\n", options, name)).rejects.toThrow(message);
});

test("other delimiters are read as well", async () => {
  await importing("title;year\nA;1900\n", { delimiter: ";" });
  await importing("title\tyear\nB\t1900\n", {}, "films.tsv");
  expect(await titles()).toEqual(["A", "B"]);
});

test.each([
  // Twelve of 100, and one in which the import forgets how far it came.
  ["where others write as well, transactions are small, so that they wait for less", true, 13],
  // Five of 100, until it is known that nobody does, one of 500 and one of 200.
  ["where nobody else writes, transactions are long", false, 8],
])("%s", async (_name, othersWrite, expected) => {
  const alone = engine;
  let transactions = 0;
  engine = {
    ...alone,
    get collisions() {
      return othersWrite ? transactions : 0;
    },
    write(work, how) {
      transactions++;
      return alone.write(work, how);
    },
  };
  const rows = Array.from({ length: 1200 }, (_, at) => `Film ${at}`);
  expect(await importing(`title\n${rows.join("\n")}\n`)).toMatchObject({ created: 1200, whole: true });
  expect(transactions).toBe(expected);
});
