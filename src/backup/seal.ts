import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** What a sealed file begins with. */
export const sealMark = Buffer.from("GALLEY\x00\x01", "latin1");

const [saltSize, checkSize, keySize, tagSize] = [16, 16, 32, 16];
const headerSize = sealMark.length + 1 + saltSize + checkSize;
/** Bytes that are sealed together: what is kept in memory, and never given out before it is proven. */
const chunkSize = 64 * 1024;
/** The cost of a guess as a power of two, in KiB of memory: 128 MiB, as OWASP has it. */
const usualCost = 17;
/** More than this is refused: a header that somebody made up must not take all memory. */
const highestCost = 20;

/**
 * Encrypts with a passphrase: scrypt, and AES-256-GCM in chunks that know their number and which of them is the last (STREAM), so
 * that none can be changed, left out, put elsewhere or cut off unseen.
 */
export async function* seal(
  source: AsyncIterable<Uint8Array>,
  passphrase: string,
  cost = usualCost,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(saltSize);
  const { key, check } = await deriveKey(passphrase, salt, cost);
  const header = Buffer.concat([sealMark, Buffer.from([cost]), salt, check]);
  yield header;
  for await (const { bytes, number, last } of chunksOf(source, chunkSize)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number, last)).setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Decrypts what was sealed. @throws Error when the passphrase is another, or a byte is */
export async function* unseal(source: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < headerSize) {
    const next = await iterator.next();
    if (next.done === true) throw new Error("it ends too early");
    start = Buffer.concat([start, next.value]);
  }
  const header = start.subarray(0, headerSize);
  const key = await keyOf(header, passphrase);
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    yield start.subarray(headerSize);
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  };
  for await (const { bytes, number, last } of chunksOf(rest(), chunkSize + tagSize)) {
    if (bytes.length < tagSize) throw new Error("it ends too early");
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(number, last)).setAAD(header);
    decipher.setAuthTag(bytes.subarray(-tagSize));
    const plain = decipher.update(bytes.subarray(0, -tagSize));
    try {
      decipher.final();
    } catch (cause) {
      throw new Error("it was changed or cut off after it was encrypted", { cause });
    }
    yield plain;
  }
}

async function keyOf(header: Buffer, passphrase: string): Promise<Buffer> {
  const cost = header.readUInt8(sealMark.length);
  const salt = header.subarray(sealMark.length + 1, -checkSize);
  if (cost < 1 || cost > highestCost) throw new Error("it was changed after it was encrypted");
  const { key, check } = await deriveKey(passphrase, salt, cost);
  if (!timingSafeEqual(check, header.subarray(-checkSize)))
    throw new Error("the passphrase is not the one that it was encrypted with");
  return key;
}

/** The key, and beside it what tells a wrong passphrase from a damaged file. */
function deriveKey(passphrase: string, salt: Buffer, cost: number): Promise<{ key: Buffer; check: Buffer }> {
  const options = { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** (cost + 11) };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), salt, keySize + checkSize, options, (error, derived) => {
      if (error !== null) reject(error);
      else resolve({ key: derived.subarray(0, keySize), check: derived.subarray(keySize) });
    });
  });
}

/** Twelve bytes that no other chunk of this key has. */
function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 3);
  nonce.writeUInt8(Number(last), 11);
  return nonce;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly number: number;
  readonly last: boolean;
}

/** Cuts what comes into chunks of one size; the last may be shorter, and there is always one. */
async function* chunksOf(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Chunk> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of source) {
    parts.push(part);
    length += part.length;
    if (length <= size) continue;
    let bytes = Buffer.concat(parts);
    for (; bytes.length > size; bytes = bytes.subarray(size))
      yield { bytes: bytes.subarray(0, size), number: number++, last: false };
    parts = [bytes];
    length = bytes.length;
  }
  yield { bytes: Buffer.concat(parts), number, last: true };
}
