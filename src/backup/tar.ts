/** A file in an archive: its name, its length in bytes, and what is in it. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const block = 512;
/** Bytes of a name that a header has room for; a longer one stands in an entry before it (POSIX pax). */
const longestName = 100;
/** Longer than any path of an operating system. */
const longestRecord = 64 * 1024;
/** Sizes from here on don't fit into eleven octal digits. */
const octalLimit = 8 ** 11;

/** Writes entries as a tar archive (POSIX ustar), so that what is in a backup can be taken out without Galley. */
export async function* writeTar(entries: AsyncIterable<Entry>): AsyncGenerator<Uint8Array> {
  for await (const { name, size, content } of entries) {
    if (Buffer.byteLength(name) > longestName) yield longNameOf(name);
    yield headerOf(name, size);
    let left = size;
    for await (const bytes of content) {
      left -= bytes.length;
      yield bytes;
    }
    if (left !== 0) throw new Error(`${name} has changed its length while it was read.`);
    yield new Uint8Array(padding(size));
  }
  yield new Uint8Array(2 * block);
}

/** Reads the entries of a tar archive, each to its end before the next. @throws Error when it is none, or ends too early */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const take = takerOf(source);
  let longName: string | undefined;
  for (;;) {
    const header = await whole(take, block);
    if (header.every((byte) => byte === 0)) break;
    const { name: short, size, type } = readHeader(header);
    if (type === "x" && size <= longestRecord) {
      longName = readLongName(await whole(take, size));
      await whole(take, padding(size));
      continue;
    }
    const name = longName ?? short;
    longName = undefined;
    let left = size;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const bytes = await take(left);
        left -= bytes.length;
        yield bytes;
      }
    };
    yield { name, size, content: content() };
    while (left > 0) left -= (await take(left)).length;
    await whole(take, padding(size));
  }
  // What follows is read as well: what checks all of it stands at the end.
  for (;;) if ((await take(block, true)).length === 0) return;
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

/** An entry that says nothing but the name of the next one. */
function longNameOf(name: string): Buffer {
  const said = ` path=${name}\n`;
  const bytes = Buffer.byteLength(said);
  // The length of a record counts its own digits.
  const digits = String(bytes + String(bytes).length).length;
  const record = Buffer.from(`${bytes + digits}${said}`);
  return Buffer.concat([headerOf("pax", record.length, "x"), record, Buffer.alloc(padding(record.length))]);
}

function readLongName(record: Buffer): string {
  const [, name] = /^\d+ path=([^]*)\n$/.exec(record.toString("utf8")) ?? [];
  if (name === undefined) throw new Error("it is no archive, or it is damaged");
  return name;
}

function headerOf(name: string, size: number, type = "0"): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0, longestName);
  header.write("0000600\x000000000\x000000000\x00", 100, "latin1");
  if (size < octalLimit) header.write(`${size.toString(8).padStart(11, "0")}\x00`, 124, "latin1");
  else {
    // As GNU tar has it: the first bit says that the rest is a number.
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write(`00000000000\x00        ${type}`, 136, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  header.write(`${checksum(header).toString(8).padStart(6, "0")}\x00 `, 148, "latin1");
  return header;
}

function readHeader(header: Buffer): { readonly name: string; readonly size: number; readonly type: string } {
  const stated = Number.parseInt(header.toString("latin1", 148, 154), 8);
  const copy = Buffer.from(header).fill(" ", 148, 156);
  if (stated !== checksum(copy)) throw new Error("it is no archive, or it is damaged");
  const long = header.readUInt8(124) === 0x80;
  const size = long ? Number(header.readBigUInt64BE(128)) : Number.parseInt(header.toString("latin1", 124, 135), 8);
  const end = header.indexOf(0);
  const name = header.toString("utf8", 0, Math.min(end, longestName));
  return { name, size, type: header.toString("latin1", 156, 157) };
}

function checksum(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

type Take = (most: number, mayEnd?: boolean) => Promise<Uint8Array>;

/** Takes at most so many bytes from what comes; none only at the end, where that is allowed. */
function takerOf(source: AsyncIterable<Uint8Array>): Take {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return async (most, mayEnd = false) => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) {
        if (mayEnd) return rest;
        throw new Error("it ends too early");
      }
      rest = next.value;
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(most);
    return taken;
  };
}

async function whole(take: Take, size: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let left = size; left > 0; left -= parts.at(-1)?.length ?? 0) parts.push(await take(left));
  return Buffer.concat(parts);
}
