import { createWriteStream, existsSync, lstatSync, readdirSync } from "node:fs";
import { constants, type FileHandle, mkdir, open, opendir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Manifest } from "./manifest.ts";
import { syncFolder } from "./sync-folder.ts";
import type { Entry } from "./tar.ts";

/** What the names of an application's files begin with in an archive. */
export const filesPart = "files/";

/** Bytes that are read at a time. */
const mostRead = 64 * 1024;

/**
 * The files in a folder and below, one after another: each is opened when it is its turn. Links are not followed, and lead nowhere in
 * a backup.
 *
 * @param left is given the names of what is no plain file, or is gone when it is its turn
 */
export async function* filesIn(folder: string, left: string[], prefix = filesPart): AsyncGenerator<Entry> {
  for await (const entry of await opendir(folder)) {
    const [path, name] = [join(folder, entry.name), prefix + entry.name];
    if (entry.isDirectory()) {
      yield* filesIn(path, left, `${name}/`);
      continue;
    }
    const handle = entry.isFile() ? await openPlain(path) : undefined;
    if (handle === undefined) {
      left.push(name);
      continue;
    }
    try {
      const { size } = await handle.stat();
      // What is added from now on is of a later moment. A small file needs no large buffer, which would wait to be collected.
      const how = { end: size - 1, autoClose: false, highWaterMark: Math.min(size, mostRead) };
      const content = size === 0 ? Readable.from([]) : handle.createReadStream(how);
      yield { name, size, content };
    } finally {
      await handle.close();
    }
  }
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    // Deleted, or replaced by a link, since its folder was read.
    if (error instanceof Error && "code" in error && ["ENOENT", "ELOOP"].includes(String(error.code))) return undefined;
    throw error;
  }
}

/** Writes a file of an archive below a folder that is empty at first. @throws Error when its name leads elsewhere */
export async function unpackFile({ name, content }: Entry, folder: string): Promise<void> {
  const steps = name.slice(filesPart.length).split("/");
  // On Windows these lead out of a folder as well.
  if (steps.some((step) => ["", ".", ".."].includes(step) || (/[\\:\0]/.test(step) && process.platform === "win32")))
    throw new Error(`it holds ${name}, which is no place among its files`);
  const path = join(folder, ...steps);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await pipeline(Readable.from(content), createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }));
}

/** @throws Error where a backup has files, and there are files at their place already */
export function refuseTaken(folder: string, { files = 0 }: Manifest, advice: string): void {
  if (files > 0 && isTaken(folder)) throw new Error(`There are files in ${folder} already. ${advice}`);
}

function isTaken(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && !(found.isDirectory() && readdirSync(folder).length === 0);
}

/** Puts unpacked files in their place. @returns where those are now that were there before */
export async function placeFiles(unpacked: string, folder: string): Promise<string | undefined> {
  if (!existsSync(unpacked)) return undefined;
  const aside = isTaken(folder) ? asideOf(folder) : undefined;
  if (aside !== undefined) await rename(folder, aside);
  await rename(unpacked, folder);
  await syncFolder(dirname(folder));
  return aside;
}

/** What is put aside is called this. */
export function asideOf(path: string): string {
  return `${path}.before-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}
