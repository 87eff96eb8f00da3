import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createApp } from "galley/server";
import definition from "../galley/backend.ts";
import { fillingCache, filmsBeforeIndexes, idOf, makePlain, users } from "./plain.ts";

/**
 * Where databases are kept from one run to the next. Not the system's folder for temporary files: on many machines that is memory,
 * where nothing has to be written to a disk.
 */
export const cacheFolder =
  process.env["GALLEY_BENCH_FOLDER"] ??
  fileURLToPath(new URL("../../node_modules/.cache/galley-bench", import.meta.url));

const day = 24 * 60 * 60 * 1000;

/** The plain database with so many films; made once. */
export function plainStore(films: number): string {
  const source = readFileSync(new URL("plain.ts", import.meta.url));
  return stored("plain", films, source, (path) => makePlain(path, films));
}

/** The same records in a database that Galley made for the definition; made once for each schema. */
export async function galleyStore(films: number): Promise<string> {
  const plain = plainStore(films);
  const folder = join(cacheFolder, `empty-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const empty = join(folder, "galley.db");
  try {
    const app = await createApp(definition, { database: `sqlite:${empty}` });
    await app.close();
    const schema = schemaOf(empty);
    return stored("galley", films, `${plain}${JSON.stringify(schema)}`, (path) => {
      renameSync(empty, path);
      fillGalley(path, plain, films);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that is made once for whatever it depends on, and what `make` puts beside it as JSON. */
export function stored(
  kind: string,
  films: number,
  depends: string | Uint8Array,
  make: (path: string) => void,
): string {
  const key = createHash("sha256").update(depends).digest("hex").slice(0, 12);
  const path = join(cacheFolder, `${kind}-${films}-${key}.db`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder, { recursive: true });
  console.error(`Making the ${kind} database with ${films.toLocaleString("en")} films, once ...`);
  const making = `${path}.${process.pid}`;
  rmSync(making, { force: true });
  make(making);
  if (existsSync(`${making}.json`)) renameSync(`${making}.json`, `${path}.json`);
  renameSync(making, path);
  removeOlder(`${kind}-${films}-`, path);
  return path;
}

/** Removes what an earlier version of the benchmark made, unless somebody may be at it. */
function removeOlder(beginning: string, newest: string): void {
  for (const name of readdirSync(cacheFolder)) {
    const path = join(cacheFolder, name);
    if (!name.startsWith(beginning) || path.startsWith(newest)) continue;
    if (Date.now() - statSync(path).mtimeMs > day) rmSync(path, { force: true });
  }
}

function schemaOf(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql").all();
  } finally {
    database.close();
  }
}

/** Copies the plain records into Galley's tables. Most come before the indexes, which is many times as fast. */
function fillGalley(path: string, plain: string, films: number): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY");
  database.exec(fillingCache);
  database.prepare("ATTACH ? AS plain").run(plain);
  const indexes = database
    .prepare("SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .all()
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
  database.exec("BEGIN");
  for (const { name } of indexes) database.exec(`DROP INDEX main."${name}"`);
  function copy(table: string, which: string): void {
    const columns = database
      .prepare("SELECT name FROM pragma_table_info(?, 'plain')")
      .all(table)
      .map(({ name }) => `"${String(name)}"`)
      .join(", ");
    database.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM plain.${table} ${which} ORDER BY id`);
  }
  const grown = idOf("films", filmsBeforeIndexes(films));
  for (const table of ["categories", "directors", "accounts"]) copy(table, "");
  copy("films", `WHERE id < '${grown}'`);
  const stamps = '"createdAt", "updatedAt", "version"';
  database.exec(`
    INSERT INTO main.users (id, email, name, roles, ${stamps}) SELECT id, email, name, '[]', ${stamps} FROM plain.users;
    INSERT INTO main._credentials (id, user, hash, ${stamps}) SELECT id, id, password, ${stamps} FROM plain.users;
    INSERT INTO main._sessions (id, user, tokenHash, expiresAt, lastUsedAt, address, agent, ${stamps})
      SELECT u.id, u.id, s.tokenHash, s.expiresAt, u.createdAt, '127.0.0.1', 'bench', u.createdAt, u.updatedAt, u.version
      FROM plain.sessions s JOIN plain.users u ON u.id = s.user;
    `);
  for (const { sql } of indexes) database.exec(sql);
  copy("films", `WHERE id >= '${grown}'`);
  database.exec("COMMIT");
  const { count } = database.prepare("SELECT count(*) AS count FROM _sessions").get() ?? {};
  database.close();
  if (count !== users) throw new Error(`The sessions were not copied: ${String(count)} of ${users}.`);
}

/** Sessions that were used just now, as those of people who are at it: the first use after a day writes. */
export function freshenSessions(path: string): void {
  const database = new DatabaseSync(path);
  database.prepare("UPDATE _sessions SET lastUsedAt = ?").run(new Date().toISOString());
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}
