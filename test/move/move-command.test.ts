import { existsSync, linkSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { type App, createApp } from "galley/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import shop from "../../examples/shop/backend.ts";
import { runMove } from "../../src/cli/run-move.ts";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import { assemble } from "../../src/operations/assemble.ts";
import { type FreshDatabase, freshDatabase } from "../postgres/fresh-database.ts";
import { type GalleyProcess, spawnGalley, temporaryFolder } from "../server/spawn-server.ts";
import { manyFilms } from "../shop/many-films.ts";
import { address, createVisitor, type Visitor } from "../shop/shop-client.ts";

const definition = fileURLToPath(new URL("../../examples/shop/backend.ts", import.meta.url));
const administrator = { email: "admin@example.com", password: "the manager of the shop" };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: FreshDatabase;
let server: string;
let app: App | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  database = await freshDatabase();
  // This machine may be busy with other tests.
  server = `${database.url}${database.url.includes("?") ? "&" : "?"}connect_timeout=30`;
});
afterAll(async () => {
  await app?.close();
  await database.drop();
  await folder.remove();
});

const file = (name: string): string => join(folder.path, `${name}.db`);
const sqlite = (name: string): string => `sqlite:${file(name)}`;

async function closeShop(): Promise<void> {
  await app?.close();
  app = undefined;
}

/** Starts the shop on a database, instead of the one before. */
async function openShop(url: string): Promise<void> {
  await closeShop();
  app = await createApp({ ...shop, seed: manyFilms }, { administrator, rateLimits: false, database: url });
}

function spawnMove(from: string, to: string): GalleyProcess {
  const started = spawnGalley({ args: ["move", definition, "--from", from, "--to", to], data: folder.path });
  onTestFinished(() => started.end());
  return started;
}

/** Moves in this process, and answers what would be printed. */
const report = (from: string, to: string): Promise<string> =>
  runMove(definition, { from, to }, { write: () => undefined });

/** Rejects when a process ends that should wait. */
async function failure(started: GalleyProcess): Promise<never> {
  await started.exited;
  throw new Error(`The move has ended: ${started.stderr()}`);
}

/** What a move is refused with. */
async function refusalOf(from: string, to: string): Promise<string> {
  return report(from, to).then(
    () => "It was not refused.",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
}

/** How many rows a table of a file has; 0 while there is none, or somebody is just making it. */
function countIn(name: string, table: string): number {
  if (!existsSync(file(name))) return 0;
  const reader = new DatabaseSync(file(name), { readOnly: true, timeout: 1000 });
  try {
    return Number(reader.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.["n"]);
  } catch {
    return 0;
  } finally {
    reader.close();
  }
}

test("the shop moves to PostgreSQL and back, killed on both ways, and everyone stays signed in", async () => {
  await openShop(sqlite("first"));
  const anonymous = createVisitor({ fetch: (request) => app?.fetch(request) ?? Promise.reject(new Error("closed")) });
  const ada = await anonymous.signUp("ada@example.com", "the password of ada");
  const { id: home } = await ada.post<{ id: string }>("/addresses", address);
  const seen = await catalogue(anonymous);
  expect(await refusalOf(sqlite("first"), server)).toBe(
    `The database file ${file("first")} is in use by another program, such as a server: stop that first.`,
  );
  await closeShop();

  expect(await moveKilled(sqlite("first"), server)).toMatch(/films +600 +[0-9a-f]{16} +the same/);
  expect(await report(sqlite("first"), server)).toContain("Everything was there already, and is the same.");

  await openShop(server);
  // The same token, the same password, the same records.
  expect(await ada.get(`/addresses/${home}`)).toMatchObject({ city: "Berlin", version: 1 });
  expect((await anonymous.signIn("ada@example.com", "the password of ada")).id).toBe(ada.id);
  expect(await catalogue(anonymous)).toEqual(seen);
  await ada.patch(`/addresses/${home}`, { city: "Potsdam" });
  await closeShop();

  const started = spawnMove(server, sqlite("second"));
  await vi.waitFor(() => expect(countIn("second", "films")).toBeGreaterThan(0), { timeout: 60_000, interval: 2 });
  started.signal("SIGKILL");
  await started.exited;
  const again = spawnMove(server, sqlite("second"));
  expect(await again.exited, again.stderr()).toEqual({ code: 0, signal: null });
  expect(again.stdout()).toMatch(/films +600 +[0-9a-f]{16} +the same/);

  await openShop(sqlite("second"));
  expect(await ada.get(`/addresses/${home}`)).toMatchObject({ city: "Potsdam", version: 2 });
  expect((await anonymous.signIn("ada@example.com", "the password of ada")).id).toBe(ada.id);
  expect(await catalogue(anonymous)).toEqual(seen);
  // The feed goes on above all numbers that were given out on the way.
  await ada.patch(`/addresses/${home}`, { city: "Babelsberg" });
  const last = await database.run(`SELECT max(sequence)::int AS n FROM _changes`);
  const reader = new DatabaseSync(file("second"), { readOnly: true });
  onTestFinished(() => reader.close());
  const entry = reader.prepare(`SELECT sequence, "after" FROM _changes ORDER BY sequence DESC LIMIT 1`).get();
  expect(entry?.["sequence"]).toBeGreaterThan(Number(last[0]?.["n"]));
  expect(entry?.["after"]).toContain("Babelsberg");
}, 90_000);

/** What anyone sees of the shop, found in several ways. */
async function catalogue(visitor: Visitor): Promise<unknown> {
  return Promise.all(
    [
      "/films?limit=50&sort=-votes",
      "/films?search=night&limit=50&sort=title",
      "/films/aggregate?group=genre&sum=price",
    ].map((path) => visitor.get(path)),
  );
}

/**
 * A move that is killed when all records have arrived and the feed is on its way: what it had sent is still at work on the
 * server, and is stored when the next move has looked already what there is.
 */
async function moveKilled(from: string, to: string): Promise<string> {
  const { model } = assemble(shop);
  const engine = createPostgresEngine(model, { url: to, poolSize: 2, statementTime: 10_000, transactionTime: 1000 });
  await engine.migrate(model);
  await engine.close();
  const holder = new pg.Client(to);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query(`BEGIN; LOCK TABLE _changes IN SHARE MODE`);
  const waiting = async (kind: string): Promise<unknown[]> => {
    const own = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    const text = `SELECT pid FROM pg_locks WHERE NOT granted AND locktype = $1 AND ${own}`;
    return (await holder.query<{ pid: number }>(text, [kind])).rows.map(({ pid }) => pid);
  };
  const waits = (kind: string) =>
    vi.waitFor(async () => expect(await waiting(kind)).toHaveLength(1), { timeout: 60_000, interval: 10 });

  const killed = spawnMove(from, to);
  await Promise.race([waits("relation"), failure(killed)]);
  killed.signal("SIGKILL");
  expect(await killed.exited).toEqual({ code: null, signal: "SIGKILL" });
  await expect(openShop(to)).rejects.toThrow("holds only a part of another one");

  const interrupted = spawnMove(from, to);
  await Promise.race([waits("advisory"), failure(interrupted)]);
  interrupted.signal("SIGINT");
  expect((await interrupted.exited).code).toBe(130);
  expect(interrupted.stderr()).toContain("Interrupted. Run the same command again");

  // The server doesn't know yet that nobody waits any more.
  await holder.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", [await waiting("advisory")]);
  await vi.waitFor(async () => expect(await waiting("advisory")).toEqual([]), { timeout: 60_000, interval: 10 });

  const finished = report(from, to);
  await waits("advisory");
  await holder.query("ROLLBACK");
  return finished;
}

describe("a move is refused, and nothing is made,", () => {
  let nowhere = "";
  beforeAll(() => {
    nowhere = sqlite("nowhere");
  });

  test("where a URL is none, without repeating it", async () => {
    expect(await refusalOf("postgres://ada:secret@/", nowhere)).toMatch(/^--from is not right: it must name a server/);
    expect(await refusalOf(nowhere, "mysql://ada:secret@host/shop")).toMatch(/^--to is not right: it must be sqlite:/);
  });

  test("where there is no file to move from, or one that is no database", async () => {
    expect(await refusalOf(nowhere, server)).toBe(`There is no database file ${file("nowhere")} to move from.`);
    await writeFile(file("text"), "no database");
    expect(await refusalOf(sqlite("text"), server)).toMatch(/can't be opened: file is not a database\.$/);
    await writeFile(file("empty"), "");
    expect(await refusalOf(sqlite("empty"), server)).toMatch(/^The source is not what the definition declares/);
  });

  test("where both are the same database, however they are spelled", async () => {
    await writeFile(file("one"), "");
    linkSync(file("one"), file("other"));
    const same = "--from and --to are the same database: there is nothing to move.";
    expect(await refusalOf(sqlite("one"), `sqlite://${file("other")}`)).toBe(same);
    expect(await refusalOf("postgres://a@localhost/shop", "postgresql://b@127.0.0.1:5432/shop")).toBe(same);
  });

  test("where a server can't be reached, or has no such database", async () => {
    const away = "postgres://ada:secret@127.0.0.1:1/shop";
    expect(await refusalOf(away, nowhere)).toMatch(
      /^The PostgreSQL server at 127\.0\.0\.1:1 can't be used: .* its URL/,
    );
    const missing = new URL(server);
    missing.pathname = "/no_such_database";
    expect(await refusalOf(missing.href, nowhere)).toMatch(/has no database "no_such_database"; create it/);
    expect(await readdir(folder.path)).not.toContain("nowhere.db");
  });
});
