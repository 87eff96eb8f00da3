import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backend, collection, text } from "galley";
import { createApp } from "galley/server";
import { writeArchive } from "../../src/backup/archive.ts";
import { backUpSqlite } from "../../src/backup/back-up-sqlite.ts";
import { openBackup } from "../../src/backup/open-backup.ts";
import { restoreSqlite } from "../../src/backup/restore-sqlite.ts";
import { temporaryFolder } from "../server/spawn-server.ts";

/** Longer than the header of an entry has room for, with letters of several bytes. */
const long = `${"deep/".repeat(30)}größe-${"x".repeat(150)}.bin`;
const contents: Readonly<Record<string, Buffer>> = {
  "a.txt": Buffer.from("first"),
  empty: Buffer.alloc(0),
  "photos/1/b.jpg": Buffer.alloc(3_000_000, "pixels"),
  [long]: Buffer.from("far down"),
  "..almost": Buffer.from("no way out"),
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let [database, files, plain] = ["", "", ""];

beforeAll(async () => {
  folder = await temporaryFolder();
  [database, files] = [join(folder.path, "data", "galley.db"), join(folder.path, "data", "files")];
  plain = join(folder.path, "plain.tar.gz");
  await mkdir(dirname(database));
  const app = await createApp(backend({ collections: [collection("notes", { fields: { title: text() } })] }), {
    database: `sqlite:${database}`,
  });
  await app.close();
  for (const [name, bytes] of Object.entries(contents)) await put(join(files, name), bytes);
  await writeFile(join(folder.path, "secret"), "nobody's");
  await symlink(join(folder.path, "secret"), join(files, "link"));
  await symlink(folder.path, join(files, "photos", "around"));
  const written = await backUpSqlite({ file: plain, database, files, passphrase: undefined, version: "0" });
  expect(written.left.toSorted()).toEqual(["files/link", "files/photos/around"]);
});
afterAll(() => folder.remove());

async function put(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** Everything below a folder, by its path in it. */
async function contentsOf(place: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => !entry.isDirectory()).map((one) => join(one.parentPath, one.name));
  return Object.fromEntries(
    await Promise.all(found.map(async (path) => [path.slice(place.length + 1), await readFile(path)] as const)),
  );
}

function home(name: string): { readonly database: string; readonly files: string } {
  return { database: join(folder.path, name, "galley.db"), files: join(folder.path, name, "files") };
}

test.each([undefined, "correct horse battery staple"])(
  "files come back as they were, passphrase %s",
  async (passphrase) => {
    const file = join(folder.path, `round-${passphrase ?? "plain"}`);
    await backUpSqlite({ file, database, files, passphrase, version: "0" });
    const to = home(`round ${passphrase ?? "plain"}`);
    const { manifest, aside } = await restoreSqlite({ file, passphrase, ...to, force: false });
    expect(aside).toEqual([]);
    expect(manifest.files).toBe(5);
    expect(await contentsOf(to.files)).toEqual(contents);
    expect((await stat(join(to.files, "a.txt"))).mode & 0o077).toBe(0);
    expect((await readdir(dirname(to.files))).toSorted()).toEqual(["files", "galley.db"]);
  },
);

test("the manifest has the checksum of the list that sha256sum makes of them", async () => {
  const tar = gunzipSync(await readFile(plain)).toString("latin1");
  const { parts } = await openBackup({ file: plain, beside: folder.path, passphrase: undefined }, async (_, it) => it);
  const names = Object.keys(contents).toSorted((a, b) => tar.indexOf(place(a)) - tar.indexOf(place(b)));
  const sum = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
  const list = names.map((name) => `${sum(contents[name] ?? "")}  files/${name}\n`).join("");
  const bytes = Object.values(contents).reduce((all, one) => all + one.length, 0);
  expect(parts[1]).toEqual({ name: "files/", bytes, sha256: sum(list) });
});

/** How a name is spelled in a tar that is read byte by byte. */
function place(name: string): string {
  return Buffer.from(`files/${name}`).toString("latin1");
}

test("files that are there are put aside, and only when that was asked for", async () => {
  const to = home("taken");
  await put(join(to.files, "own.txt"), Buffer.from("precious"));
  const options = { file: plain, passphrase: undefined, ...to };
  await expect(restoreSqlite({ ...options, force: false })).rejects.toThrow(
    `There are files in ${to.files} already. With --force they are put aside`,
  );
  expect(await readdir(dirname(to.files))).toEqual(["files"]);
  const { aside } = await restoreSqlite({ ...options, force: true });
  expect(await contentsOf(aside[0] ?? "")).toEqual({ "own.txt": Buffer.from("precious") });
  expect(await contentsOf(to.files)).toEqual(contents);
});

test("a backup without files leaves those alone that are there", async () => {
  const file = join(folder.path, "without.tar.gz");
  await backUpSqlite({ file, database, files: join(folder.path, "none"), passphrase: undefined, version: "0" });
  const to = home("without");
  await put(join(to.files, "own.txt"), Buffer.from("precious"));
  const { manifest } = await restoreSqlite({ file, passphrase: undefined, ...to, force: false });
  expect(manifest).not.toHaveProperty("files");
  expect(await contentsOf(to.files)).toEqual({ "own.txt": Buffer.from("precious") });
});

test.each(["files/../galley.db", "files//etc/passwd", "files/a/../../b", "files/", "files/./a", "files/a/"])(
  "an archive that names %s is refused, and writes nothing",
  async (name) => {
    const file = join(folder.path, "evil");
    await rm(file, { force: true });
    const about = { galley: "0", at: "", engine: "sqlite", records: {} } as const;
    const evil = async function* () {
      yield { name, size: 4, content: Readable.from([Buffer.from("evil")]) };
    };
    await writeArchive(file, evil(), () => about, undefined);
    const to = home("evil home");
    await expect(restoreSqlite({ file, passphrase: undefined, ...to, force: true })).rejects.toThrow(
      `it holds ${name}, which is no place among its files`,
    );
    expect(await readdir(dirname(to.files))).toEqual([]);
  },
);

test.each<[string, (tar: Buffer) => Buffer, string]>([
  ["changed", (tar) => changed(tar), "files/ is not what its manifest says"],
  ["missing", (tar) => without(tar, "files/a.txt"), "a part of it is missing"],
])("a file that is %s is found, also where nothing is unpacked", async (name, damage, reason) => {
  const file = join(folder.path, `${name}.tar.gz`);
  await writeFile(file, gzipSync(damage(gunzipSync(await readFile(plain)))));
  const verify = openBackup({ file, beside: folder.path, passphrase: undefined }, async () => undefined);
  await expect(verify).rejects.toThrow(new Error(`The backup ${file} can't be used: ${reason}.`));
});

function changed(tar: Buffer): Buffer {
  tar.write("F", tar.indexOf("first"));
  return tar;
}

/** The archive without an entry of less than a block. */
function without(tar: Buffer, name: string): Buffer {
  const start = tar.indexOf(`${name}\0`);
  return Buffer.concat([tar.subarray(0, start), tar.subarray(start + 1024)]);
}
