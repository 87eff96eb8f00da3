import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { counted } from "./counted.ts";
import { filesPart } from "./files.ts";
import { type About, archiveFormat, type Manifest, type ManifestPart, readManifest } from "./manifest.ts";
import { seal, sealMark, unseal } from "./seal.ts";
import { type Entry, readTar, writeTar } from "./tar.ts";

const manifestName = "manifest.json";
/** Longer than any manifest: what somebody made up must not take all memory. */
const longestManifest = 16 * 1024 * 1024;
const gzipMark = Buffer.from([0x1f, 0x8b]);
/** More takes twice the time, and saves one byte in a hundred. */
const level = 3;

/**
 * Writes an archive: tar, compressed by gzip, and encrypted where there is a passphrase. It is on the disk when the promise
 * settles.
 *
 * @param about said of the backup once all entries were read
 */
export async function writeArchive(
  file: string,
  entries: AsyncIterable<Entry>,
  about: () => About,
  passphrase: string | undefined,
): Promise<void> {
  const contents = createContents();
  const whole = async function* (): AsyncGenerator<Entry> {
    for await (const entry of entries) yield hashed(entry, contents.add);
    const manifest: Manifest = { format: archiveFormat, ...about(), ...contents.all() };
    const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
    yield { name: manifestName, size: bytes.length, content: Readable.from([bytes]) };
  };
  await pipeline(
    Readable.from(writeTar(whole())),
    createGzip({ level }),
    (source: AsyncIterable<Uint8Array>) => (passphrase === undefined ? source : seal(source, passphrase)),
    createWriteStream(file, { flags: "wx", mode: 0o600, flush: true }),
  );
}

/** Who is told of what an archive holds while it is read. */
export interface ArchiveReader {
  /** Is given the parts one after another, and must know them by their names. */
  readonly keep: (part: Entry) => Promise<void>;
  /** So many more bytes of the file were read. */
  readonly read: (bytes: number) => void;
}

/**
 * Reads an archive to its end, and holds every part against the manifest. Nothing of it may be used before the promise settles.
 *
 * @throws Error in one line when it is not as it was written
 */
export async function readArchive(
  file: string,
  passphrase: string | undefined,
  { keep, read }: ArchiveReader,
): Promise<Manifest> {
  try {
    const source = await plainOf(file, passphrase, read);
    const contents = createContents();
    let manifest: Manifest | undefined;
    await pipeline(Readable.from(source), createGunzip(), async (tar: AsyncIterable<Uint8Array>) => {
      for await (const entry of readTar(tar)) {
        if (manifest !== undefined) throw new Error("something follows its manifest");
        if (entry.name === manifestName) manifest = readManifest(await bytesOf(entry));
        else await keep(hashed(entry, contents.add));
      }
    });
    if (manifest === undefined) throw new Error("its manifest is missing");
    const { parts, files } = contents.all();
    if (manifest.parts.length !== parts.length || manifest.files !== files) throw new Error("a part of it is missing");
    for (const [index, { name, bytes, sha256 }] of manifest.parts.entries()) {
      const part = parts[index];
      if (part?.name !== name || part.bytes !== bytes || part.sha256 !== sha256)
        throw new Error(`${name} is not what its manifest says`);
    }
    return manifest;
  } catch (error) {
    throw new Error(`The backup ${file} can't be used: ${reasonOf(error)}.`, { cause: error });
  }
}

/** Gathers what the manifest says of the entries: of the files, of which there may be millions, all at once. */
function createContents(): {
  readonly add: (part: ManifestPart) => void;
  readonly all: () => Pick<Manifest, "parts" | "files">;
} {
  const parts: ManifestPart[] = [];
  const list = createHash("sha256");
  let [files, bytes] = [0, 0];
  return {
    add(part) {
      if (!part.name.startsWith(filesPart)) return void parts.push(part);
      list.update(`${part.sha256}  ${part.name}\n`);
      files++;
      bytes += part.bytes;
    },
    all: () =>
      files === 0 ? { parts } : { parts: [...parts, { name: filesPart, bytes, sha256: list.digest("hex") }], files },
  };
}

/** The compressed archive, whatever it is wrapped in. */
async function plainOf(
  file: string,
  passphrase: string | undefined,
  read: ArchiveReader["read"],
): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(file);
  const mark = Buffer.alloc(sealMark.length);
  try {
    await handle.read(mark, 0, mark.length, 0);
  } finally {
    await handle.close();
  }
  if (mark.equals(sealMark)) {
    if (passphrase === undefined)
      throw new Error("it is encrypted: set GALLEY_BACKUP_PASSPHRASE, or name a --passphrase-file");
    return unseal(counted(createReadStream(file), read), passphrase);
  }
  if (!mark.subarray(0, gzipMark.length).equals(gzipMark)) throw new Error("it is no backup of Galley");
  return counted(createReadStream(file), read);
}

/** The same entry, of which is said what was read of it at its end. */
function hashed({ name, size, content }: Entry, done: (part: ManifestPart) => void): Entry {
  const read = async function* (): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    for await (const bytes of content) {
      hash.update(bytes);
      yield bytes;
    }
    done({ name, bytes: size, sha256: hash.digest("hex") });
  };
  return { name, size, content: read() };
}

async function bytesOf({ size, content }: Entry): Promise<Buffer> {
  if (size > longestManifest) throw new Error("its manifest is damaged");
  const parts: Uint8Array[] = [];
  for await (const bytes of content) parts.push(bytes);
  return Buffer.concat(parts);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EISDIR") return `it can't be read (${code})`;
  return code.startsWith("Z_") ? "it is damaged or was cut off" : error.message;
}
