import { createHash } from "node:crypto";
import { cp, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backUpSqlite } from "../../src/backup/back-up-sqlite.ts";
import { openBackup } from "../../src/backup/open-backup.ts";
import { restoreSqlite } from "../../src/backup/restore-sqlite.ts";
import type { ShowProgress } from "../../src/kit/progress.ts";
import { copySqlite } from "../../src/database/sqlite/sqlite-copy.ts";
import { until } from "../server/ask.ts";
import { type Write, writeUntilCrash } from "../server/crash-writers.ts";
import { spawnGalley, spawnServer, type SpawnedServer, temporaryFolder } from "../server/spawn-server.ts";
import { readStoredBank } from "../server/stored-bank.ts";

const bank = fileURLToPath(new URL("../server/fixtures/bank.ts", import.meta.url));
const passphrase = "correct horse battery staple";
const opening = 1_000_000;
const user = { email: "ada@example.com", password: "a difference engine" };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: SpawnedServer;
let [data, plain, sealed, token] = ["", "", "", ""];
/** A folder of files of an application that has none. */
let nowhere = "";
/** What was acknowledged before the backup began. */
let before: readonly Write[] = [];

async function galley(args: readonly string[], to = data, env: Readonly<Record<string, string>> = {}) {
  const started = spawnGalley({ args, data: to, cwd: folder.path, env });
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

async function post(path: string, body: unknown, origin = server.origin): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${origin}/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

/** What lies in a folder that nobody is to find there: leftovers of a work. */
const leftovers = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.startsWith(".galley-"));

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  nowhere = join(folder.path, "nowhere", "files");
  await mkdir(data);
  [plain, sealed] = [join(folder.path, "plain.tar.gz"), join(folder.path, "sealed.galley")];
  const env = { GALLEY_RATE_LIMITS: "off", LOG_LEVEL: "error" };
  server = await spawnServer(bank, data, env);
  ({ token } = (await post("auth/sign-up", user)) as { readonly token: string });
  const balances = ["a", "b"].map((name) => ({ name, balance: opening }));
  const made = (await post("accounts", balances)) as { readonly data: readonly { readonly id: string }[] };
  const accounts = made.data.map(({ id }) => id);
  const journals: Write[][] = Array.from({ length: 8 }, () => []);
  const writing = journals.map((journal, index) => writeUntilCrash(server.origin, `w${index}`, accounts, journal));
  const acknowledged = (): Write[] => journals.flat().filter((write) => write.acknowledged);
  await until(() => acknowledged().length > 100);
  before = acknowledged();
  const written = await galley(["backup", plain]);
  expect(written).toMatchObject({ code: 0, stderr: "" });
  expect(written.stdout).toMatch(/^Written: .*plain\.tar\.gz \(.* kB, .* records in 5 collections, not encrypted\)\n/);
  const during = acknowledged().length;
  expect(during).toBeGreaterThan(before.length);
  // Whoever writes goes on, too.
  await until(() => acknowledged().length > during);
  await server.kill9();
  await Promise.all(writing);
}, 60_000);
afterAll(async () => {
  await server.end();
  await folder.remove();
});

test("a backup beside a server that writes has everything acknowledged before it, whole, with users and their sessions", async () => {
  const other = join(folder.path, "other");
  const restored = await galley(["restore", plain], other);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(await leftovers(other)).toEqual([]);
  const { integrity, broken, rows, told, removed } = readStoredBank(join(other, "galley.db"));
  expect({ integrity, broken }).toEqual({ integrity: "ok", broken: [] });
  expect(told).toEqual(rows);
  const balances = [...(rows["accounts"]?.values() ?? [])].map(({ balance }) => Number(balance));
  expect(balances.reduce((sum, one) => sum + one, 0)).toBe(2 * opening);
  const notes = new Set([...(rows["notes"]?.values() ?? [])].map(({ name }) => name));
  const transfers = new Set([...(rows["transfers"]?.values() ?? [])].map(({ reference }) => reference));
  for (const { kind, name } of before) {
    if (kind === "transfer") expect(transfers).toContain(name);
    if (kind === "create" || kind === "keyedCreate") expect(notes.has(name) || removed.has(name), name).toBe(true);
  }

  const again = await spawnServer(bank, other);
  try {
    const session = await fetch(`${again.origin}/api/auth/session`, { headers: { authorization: `Bearer ${token}` } });
    expect(await session.json()).toMatchObject({ user: { email: user.email } });
    expect(await post("auth/sign-in", user, again.origin)).toMatchObject({ user: { email: user.email } });
    const options = {
      file: plain,
      files: nowhere,
      database: join(other, "galley.db"),
      passphrase: undefined,
      force: true,
    };
    await expect(restoreSqlite(options)).rejects.toThrow("is in use by another program, such as a server");
  } finally {
    await again.stop();
  }
});

test("a database that is there is put aside, and only when that was asked for", async () => {
  const other = join(folder.path, "aside");
  const database = join(other, "galley.db");
  await mkdir(other);
  const old = new DatabaseSync(database);
  old.exec("PRAGMA journal_mode = WAL; CREATE TABLE precious (id INT); INSERT INTO precious VALUES (1)");
  old.close();
  const options = { file: plain, files: nowhere, database, passphrase: undefined };
  await expect(restoreSqlite({ ...options, force: false })).rejects.toThrow("With --force it is put aside");
  const {
    aside: [aside = ""],
  } = await restoreSqlite({ ...options, force: true });
  expect((await readdir(other)).toSorted()).toEqual(["galley.db", basename(aside)]);
  const kept = new DatabaseSync(aside);
  expect(kept.prepare("SELECT * FROM precious").all()).toEqual([{ id: 1 }]);
  kept.close();
  expect((await stat(database)).mode & 0o077).toBe(0);

  // What is no database any more is no reason to leave it in the way.
  await writeFile(database, "rubbish");
  await rm(aside);
  await restoreSqlite({ ...options, force: true });
  expect(readStoredBank(database).integrity).toBe("ok");
});

test("a backup is what any tar and gzip read, with a manifest that says what it holds", async () => {
  const tar = gunzipSync(await readFile(plain));
  const size = Number.parseInt(tar.toString("latin1", 124, 135), 8);
  expect(tar.toString("latin1", 0, 16).replace(/\0+$/, "")).toBe("database.sqlite");
  const database = tar.subarray(512, 512 + size);
  const header = 512 + Math.ceil(size / 512) * 512;
  const length = Number.parseInt(tar.toString("latin1", header + 124, header + 135), 8);
  const manifest = JSON.parse(tar.toString("utf8", header + 512, header + 512 + length));
  const sha256 = createHash("sha256").update(database).digest("hex");
  expect(manifest).toMatchObject({
    format: 1,
    engine: "sqlite",
    parts: [{ name: "database.sqlite", bytes: size, sha256 }],
  });
  expect(manifest.records).toMatchObject({ accounts: 2, users: 2 });
  expect((await stat(plain)).mode & 0o077).toBe(0);
});

test("an encrypted backup shows nothing, and is read with its passphrase only", async () => {
  await writeFile(join(folder.path, "secret"), `${passphrase}\n`);
  const written = await galley(["backup", sealed, "--passphrase-file", "secret"]);
  expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining(", encrypted)") });
  expect((await readFile(sealed)).includes("SQLite format")).toBe(false);
  const verifyBackup = (options: { readonly passphrase: string | undefined }): Promise<unknown> =>
    openBackup({ file: sealed, beside: folder.path, ...options }, async (_, manifest) => manifest);
  await expect(verifyBackup({ passphrase: undefined })).rejects.toThrow("it is encrypted: set GALLEY_BACKUP");
  await expect(verifyBackup({ passphrase: "correct horse battery stable" })).rejects.toThrow(
    `The backup ${sealed} can't be used: the passphrase is not the one that it was encrypted with.`,
  );
  const read = await galley(["restore", "--verify", sealed], data, { GALLEY_BACKUP_PASSPHRASE: passphrase });
  expect(read).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Sound: .* records in 5 collections\)\n$/) });
});

test("a backup and its restore show how far they are, to the last byte", async () => {
  const shown: { label: string; total: number | undefined; done: number; ended: boolean }[] = [];
  const show: ShowProgress = (label, total) => {
    const one = { label, total, done: 0, ended: false };
    shown.push(one);
    return { advance: (count) => void (one.done += count), end: () => void (one.ended = true) };
  };
  const [file, database] = [join(folder.path, "shown.tar.gz"), join(folder.path, "shown.db")];
  const how = { file, files: nowhere, passphrase: undefined, show };
  await backUpSqlite({ ...how, database: join(data, "galley.db"), version: "0" });
  await restoreSqlite({ ...how, database, force: false });
  expect(shown.map(({ label }) => label)).toEqual(["copying", "checking", "packing", "reading", "checking"]);
  for (const { label, total, done, ended } of shown) {
    expect({ label, done, ended }).toEqual({ label, done: total ?? 0, ended: true });
    expect(total === undefined).toBe(label === "checking");
  }
});

test.for([
  [
    "cut off",
    (file: string) => stat(file).then(({ size }) => truncate(file, size - 1)),
    "it is damaged or was cut off",
  ],
  ["empty", (file: string) => truncate(file, 0), "it is no backup of Galley"],
  ["changed in its middle", flipMiddle, "it is damaged or was cut off"],
  ["something else", (file: string) => writeFile(file, "PK and so on"), "it is no backup of Galley"],
  ["away", (file: string) => rm(file), "there is no such file"],
  [
    "of a later format",
    (file: string) => repack(file, (text) => text.replace('"format": 1', '"format": 2')),
    "it has format 2, and this version of Galley reads 1",
  ],
  [
    "not what its manifest says",
    (file: string) => repack(file, (text) => text.replace(/"sha256": "./, '"sha256": "-')),
    "database.sqlite is not what its manifest says",
  ],
] as const)("a backup that is %s is one line, and touches nothing", async ([name, damage, reason]) => {
  const [file, other] = [join(folder.path, `broken ${name}`), join(folder.path, `for ${name}`)];
  await cp(plain, file);
  await damage(file);
  const restoring = restoreSqlite({
    file,
    files: nowhere,
    database: join(other, "galley.db"),
    passphrase: undefined,
    force: false,
  });
  await expect(restoring).rejects.toThrow(new Error(`The backup ${file} can't be used: ${reason}.`));
  expect(await readdir(other)).toEqual([]);
});

test("a backup that is not there is told before the database that is", async () => {
  const [file, database] = [join(folder.path, "nothing.tar.gz"), join(data, "galley.db")];
  await expect(restoreSqlite({ file, files: nowhere, database, passphrase: undefined, force: false })).rejects.toThrow(
    new Error(`The backup ${file} can't be used: there is no such file.`),
  );
});

test("a backup replaces no file, is not written in the clear against an order, and not of a damaged database", async () => {
  const options = { file: plain, files: nowhere, passphrase: undefined, version: "0" };
  const source = join(data, "galley.db");
  await expect(backUpSqlite({ ...options, database: source })).rejects.toThrow(`${plain} is there already`);
  const refused = await galley(["backup", "--encrypt"]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no passphrase") });
  const database = join(folder.path, "damaged.db");
  await copySqlite(source, database, () => {});
  await flipMiddle(database);
  const file = join(folder.path, "of-damaged");
  await expect(backUpSqlite({ ...options, file, database })).rejects.toThrow(
    /^The database .* is damaged, and was not/,
  );
  expect(await leftovers(folder.path)).toEqual([]);
});

/** Writes an archive again with another manifest, whose length must be the same. */
async function repack(file: string, change: (text: string) => string): Promise<void> {
  const tar = gunzipSync(await readFile(file));
  const start = tar.lastIndexOf('{\n  "format"');
  const end = tar.indexOf(0, start);
  tar.write(change(tar.toString("utf8", start, end)), start);
  await writeFile(file, gzipSync(tar));
}

async function flipMiddle(file: string): Promise<void> {
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(4096, 0x5a);
  await handle.write(bytes, 0, bytes.length, Math.floor(size / 2 / 4096) * 4096);
  await handle.close();
}
