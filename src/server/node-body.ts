import type { IncomingMessage } from "node:http";
import { GalleyError } from "../kit/galley-error.ts";

const nothing = new Uint8Array(0);

/** Whether the request announces a body (RFC 9112, section 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}

/** The error of a body that is longer than it may be. */
export function tooLarge(limit: number): GalleyError {
  return new GalleyError("too_large", `The body must be at most ${limit} bytes long.`);
}

/**
 * Reads the body of a request. One that announces too much is refused before a byte of it is read, and one that turns
 * out too long as soon as it does.
 *
 * @param begin called before reading: the place to tell a client that waits for it to continue
 * @throws GalleyError `too_large`; `malformed` when the client went away, or packed it in a way that isn't known here
 */
export async function readBody(request: IncomingMessage, limit: number, begin: () => void): Promise<Uint8Array> {
  if (!hasBody(request)) return nothing;
  const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
  if (Number(announced ?? 0) > limit) throw tooLarge(limit);
  // What is packed inside of the chunks would be taken for the body itself (RFC 9112, section 7).
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked")
    throw new GalleyError("malformed", `Transfer-Encoding may be chunked, and nothing else; it is ${encoding}.`);
  begin();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;

    const settle = (error?: GalleyError): void => {
      request.off("data", onData).off("end", onEnd).off("close", onGone).pause();
      if (error !== undefined) reject(error);
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limit) settle(tooLarge(limit));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle();
    const onGone = (cause?: unknown): void => {
      settle(new GalleyError("malformed", "The connection ended before the body did.", { cause }));
    };
    if (request.destroyed) onGone();
    // The listener for errors stays: a connection that breaks later must not throw where nobody catches.
    else request.on("data", onData).on("end", onEnd).on("close", onGone).on("error", onGone);
  });
}
