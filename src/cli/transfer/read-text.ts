import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { addAbortSignal, PassThrough, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** Bytes that are read at a time. */
const piece = 256 * 1024;

/**
 * Reads a text file piece by piece; `-` is standard input, and `.gz` is unpacked. A byte order mark is left out.
 *
 * @param onBytes told how much of the file was taken, packed or not
 * @param signal ends it, also while it waits for standard input
 * @throws Error when it can't be read, or isn't UTF-8
 */
export async function* readText(
  path: string,
  onBytes: (count: number) => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const source: Readable = path === "-" ? process.stdin : createReadStream(path, { highWaterMark: piece });
  addAbortSignal(signal, source);
  const bytes = path.endsWith(".gz") ? unpacked(source, onBytes) : counted(source, onBytes);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (signal.aborted) return;
    const isText = error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
    if (!isText) throw error;
    throw new Error(`${path} is not UTF-8. Convert it, as iconv -f latin1 -t utf-8 does.`, { cause: error });
  }
}

async function* counted(source: Readable, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

async function* unpacked(source: Readable, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  const output = new PassThrough({ highWaterMark: piece });
  // Its failure is that of the output, which is being read.
  const done = pipeline(() => counted(source, onBytes), createGunzip({ chunkSize: piece }), output);
  done.catch(() => undefined);
  try {
    yield* output as AsyncIterable<Buffer>;
    await done;
  } finally {
    output.destroy();
  }
}
