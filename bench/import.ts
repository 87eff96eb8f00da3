import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { backend, choice, collection, integer, money, number, text, timestamp } from "galley";
import { runImport } from "../src/cli/run-import.ts";
import { createSqliteEngine } from "../src/database/sqlite/sqlite-engine.ts";
import { uuidv7 } from "../src/kit/uuid.ts";
import { assemble } from "../src/operations/assemble.ts";

/**
 * `galley import` beside inserts by hand: the same rows into the same table with the same indexes, by a prepared statement and 500 in
 * a transaction. The import reads CSV, checks every value and keeps the change feed besides.
 *
 *     node --conditions=galley-source bench/import.ts [rows] [--search]
 */
const rows = Number(process.argv[2] ?? 1_000_000);
const searched = process.argv.includes("--search");

const title = text({ max: 200 });
const films = collection("films", {
  fields: {
    title: searched ? title.search() : title,
    year: integer({ min: 1888 }),
    rating: number({ min: 0, max: 10 }).optional(),
    genre: choice(["Drama", "Comedy", "Horror", "Western"]),
    plot: text({ max: 2000 }).optional(),
    released: timestamp(),
    sku: text({ max: 20 }).unique(),
    price: money({ min: 0 }),
  },
  indexes: [["year"], ["genre", "-rating"]],
});
const { model } = assemble(backend({ collections: [films] }));

const genres = ["Drama", "Comedy", "Horror", "Western"];
const filmOf = (at: number) => ({
  title: `Film, number ${at}`,
  year: 1900 + (at % 120),
  rating: (at % 100) / 10,
  genre: genres[at % genres.length] ?? "",
  plot: `a story about a man and ${at} dogs that ran away`,
  released: "2001-02-03T00:00:00.000Z",
  sku: `SKU-${at}`,
  price: at % 5000,
});

const folder = mkdtempSync(join(tmpdir(), "galley-import-"));
try {
  const file = join(folder, "films.csv");
  await writeCsv(file);
  const byHand = await timed(() => insertByHand(join(folder, "by-hand.db")));
  const imported = await timed(() => importInto(join(folder, "imported.db"), file));
  console.log(`by hand   ${report(byHand)}`);
  console.log(`imported  ${report(imported)}, ${(byHand / imported).toFixed(2)} of the rate by hand`);
  console.log(`most memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
} finally {
  rmSync(folder, { recursive: true });
}

function report(seconds: number): string {
  return `${seconds.toFixed(1)} s, ${Math.round(rows / seconds).toLocaleString("en")} rows/s`;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function writeCsv(path: string): Promise<void> {
  function* lines(): Generator<string> {
    yield `${Object.keys(filmOf(0)).join(",")}\n`;
    for (let at = 0; at < rows; at++) yield `"${filmOf(at).title}",${Object.values(filmOf(at)).slice(1).join(",")}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

/** An empty database as the definition has it. */
async function open(path: string) {
  const engine = createSqliteEngine(model, { path, access: "readWrite", scanThread: false, transactionTime: 2000 });
  await engine.migrate(model);
  return engine;
}

async function insertByHand(path: string): Promise<void> {
  await (await open(path)).close();
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 10000;",
  );
  const names = model.collection("films").stored;
  const insert = database.prepare(
    `INSERT INTO films (${names.map((name) => `"${name}"`).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
  );
  const now = new Date().toISOString();
  for (let at = 0; at < rows;) {
    database.exec("BEGIN IMMEDIATE");
    for (const end = Math.min(rows, at + 500); at < end; at++)
      insert.run(uuidv7(Date.now()), ...Object.values(filmOf(at)), now, now, 1);
    database.exec("COMMIT");
  }
  database.close();
}

async function importInto(path: string, file: string): Promise<void> {
  const engine = await open(path);
  const surroundings = { stream: process.stderr, signal: new AbortController().signal };
  const { position } = await runImport({ model, engine }, "films", file, {}, surroundings);
  await engine.close();
  if (position.created !== rows) throw new Error(`${position.created} of ${rows} rows were imported.`);
}
