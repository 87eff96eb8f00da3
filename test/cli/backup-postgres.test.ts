import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type App, createApp } from "galley/server";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import shop from "../../examples/shop/backend.ts";
import { type FreshDatabase, freshDatabase } from "../postgres/fresh-database.ts";
import { until } from "../server/ask.ts";
import { type GalleyProcess, spawnGalley, temporaryFolder } from "../server/spawn-server.ts";
import { manyFilms } from "../shop/many-films.ts";
import { address, createVisitor, type Visitor } from "../shop/shop-client.ts";

const definition = fileURLToPath(new URL("../../examples/shop/backend.ts", import.meta.url));
const administrator = { email: "admin@example.com", password: "the manager of the shop" };
const passphrase = "correct horse battery staple";
const password = "the password of ada";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let databases: readonly FreshDatabase[] = [];
let [backup, home] = ["", ""];
let ada: Visitor;
let seen: unknown;
let app: App | undefined;

const visitor = createVisitor({ fetch: (request) => app?.fetch(request) ?? Promise.reject(new Error("closed")) });

/** Starts the shop on a database, instead of the one before. */
async function openShop(url: string): Promise<void> {
  await closeShop();
  app = await createApp({ ...shop, seed: manyFilms }, { administrator, rateLimits: false, database: url });
}

async function closeShop(): Promise<void> {
  await app?.close();
  app = undefined;
}

/** The database of this number; this machine may be busy with other tests. */
function server(number: number): string {
  const url = new URL(databases[number]?.url ?? "");
  url.searchParams.set("connect_timeout", "30");
  return url.href;
}

function spawn(args: readonly string[], database: string, data = "data"): GalleyProcess {
  const env = { DATABASE_URL: database, GALLEY_BACKUP_PASSPHRASE: passphrase };
  return spawnGalley({ args: [...args, "--file", definition], data: join(folder.path, data), cwd: folder.path, env });
}

async function galley(args: readonly string[], database: string, data?: string) {
  const started = spawn(args, database, data);
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

const catalogue = (): Promise<unknown> => visitor.get("/films?search=night&limit=50&sort=title");

/** The shop of a restored database is the one that was backed up, with its users, their sessions and its change feed. */
async function expectShop(url: string): Promise<void> {
  await openShop(url);
  expect(await catalogue()).toEqual(seen);
  const before = await ada.get<{ version: number; city: string }>(`/addresses/${home}`);
  expect(before.city).toMatch(/^Berlin/);
  expect((await visitor.signIn("ada@example.com", password)).id).toBe(ada.id);
  const changed = await ada.patch(`/addresses/${home}`, { city: `${before.city}, Mitte` });
  expect(changed).toMatchObject({ version: before.version + 1 });
  await closeShop();
}

const feedOf = (number: number) =>
  databases[number]?.run(`SELECT sequence, collection, kind, "at", "before", "after" FROM _changes ORDER BY sequence`);

beforeAll(async () => {
  folder = await temporaryFolder();
  databases = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
  await openShop(server(0));
  ada = await visitor.signUp("ada@example.com", password);
  ({ id: home } = await ada.post<{ id: string }>("/addresses", address));
  seen = await catalogue();
  await databases[0]?.run("ALTER TABLE films ADD COLUMN note text");
  backup = join(folder.path, "shop.galley");

  // Somebody writes meanwhile, and goes on until the backup is there.
  const stop = new AbortController();
  let cities = 0;
  const writing = (async () => {
    while (!stop.signal.aborted) await ada.patch(`/addresses/${home}`, { city: `Berlin ${cities++}` });
  })();
  await vi.waitFor(() => expect(cities).toBeGreaterThan(2), { timeout: 30_000 });
  const written = await galley(["backup", backup], server(0));
  stop.abort();
  await writing;
  await closeShop();
  expect(written).toMatchObject({ code: 0, stderr: "" });
  expect(written.stdout).toMatch(/^Written: .*shop\.galley \(.* records in \d+ collections, encrypted\)\n/);
  expect(written.stdout).toContain("Not declared, and so not in it: films.note\n");
  expect(await readdir(join(folder.path, "data"))).toEqual([]);
}, 90_000);
afterAll(async () => {
  await closeShop();
  await Promise.all(databases.map((database) => database.drop()));
  await folder.remove();
});

test("a restore into PostgreSQL that was interrupted, and then killed, goes on, and nobody uses it before", async () => {
  /** Starts a restore, and waits until a query says that it has come so far. */
  async function restoreUntil(text: string): Promise<GalleyProcess> {
    const restoring = spawn(["restore", backup], server(1));
    onTestFinished(() => restoring.end());
    const ended = restoring.exited.then(() => Promise.reject(new Error(restoring.stderr())));
    ended.catch(() => undefined);
    const come = until(async () => (await databases[1]?.run(text))?.length === 1);
    await Promise.race([come, ended]);
    return restoring;
  }
  const interrupted = await restoreUntil("SELECT FROM pg_tables WHERE tablename = '_loading'");
  interrupted.signal("SIGINT");
  expect(await interrupted.exited).toMatchObject({ code: 130 });
  expect(interrupted.stderr()).toContain("Interrupted. Run the same command again, and it goes on from here.");
  const others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
  await until(async () => (await databases[1]?.run(`SELECT ${others}`))?.length === 0);

  const killed = await restoreUntil(`SELECT ${others} LIMIT 1`);
  killed.signal("SIGKILL");
  await killed.exited;
  await expect(openShop(server(1))).rejects.toThrow("galley restore was interrupted. Run the same command again");

  const restored = await galley(["restore", backup], server(1));
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(restored.stdout).toMatch(/^Restored: postgres:.*, as of .* records in \d+ collections\)\n$/);
  const [source = [], target = []] = [await feedOf(0), await feedOf(1)];
  // Those of one moment: nothing is left out before it.
  expect(target.length).toBeGreaterThan(600);
  expect(target).toEqual(source.slice(0, target.length));
  await expectShop(server(1));
});

test("files of the application go along on PostgreSQL, and none that are there are replaced", async () => {
  const at = (name: string) => join(folder.path, name, "files", "posters", "1.png");
  await mkdir(dirname(at("with files")), { recursive: true });
  await writeFile(at("with files"), "pixels");
  const target = await freshDatabase();
  try {
    const file = join(folder.path, "files.galley");
    expect(await galley(["backup", file], server(0), "with files")).toMatchObject({ code: 0, stderr: "" });
    await cp(join(folder.path, "with files"), join(folder.path, "taken"), { recursive: true });
    expect(await galley(["restore", file], target.url, "taken")).toEqual({
      code: 1,
      stdout: "",
      stderr: `There are files in ${join(folder.path, "taken", "files")} already. Move them elsewhere first.\n`,
    });
    const restored = await galley(["restore", file], target.url, "restored");
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ records in \d+ collections, 1 file\)\n$/),
    });
    expect(await readFile(at("restored"), "utf8")).toBe("pixels");
  } finally {
    await target.drop();
  }
}, 60_000);

test("what was backed up on PostgreSQL is restored on SQLite, and that on PostgreSQL again", async () => {
  const file = join(folder.path, "shop.db");
  expect(await galley(["restore", backup], `sqlite:${file}`)).toMatchObject({ code: 0, stderr: "" });
  await expectShop(`sqlite:${file}`);
  const again = join(folder.path, "again.galley");
  expect(await galley(["backup", again], `sqlite:${file}`)).toMatchObject({ code: 0, stderr: "" });
  await rm(file);
  expect(await galley(["restore", again], server(2))).toMatchObject({ code: 0, stderr: "" });
  await expectShop(server(2));
});

test("a database with data of its own is left as it is, also by force, and a wrong passphrase touches nothing", async () => {
  const before = await feedOf(0);
  const refused = await galley(["restore", backup], server(0));
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The target has data of its own: .*Nothing was changed/),
  });
  const forced = await galley(["restore", backup, "--force"], server(0));
  expect(forced).toMatchObject({ code: 1, stderr: expect.stringContaining("--force is for SQLite.") });
  expect(await feedOf(0)).toEqual(before);
  const nowhere = await galley(["backup"], "postgres://ada:secret@127.0.0.1:1/shop");
  expect(nowhere).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The PostgreSQL server at 127\.0\.0\.1:1 can't be used/),
  });
  expect(existsSync(join(folder.path, "data", "backups"))).toBe(false);
});
