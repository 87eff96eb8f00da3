import { connect, type Socket } from "node:net";

/** One connection that asks one request after another over HTTP/1.1, and costs as little as can be. */
export interface LoadConnection {
  send(request: Uint8Array): void;
  close(): void;
}

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("\r\n0\r\n\r\n");
const lengthName = /\r\n(content-length: )\d/i;
const chunkedName = /\r\ntransfer-encoding: chunked/i;

/**
 * Opens a connection. It reads of an answer what it must: the status, and where it ends.
 *
 * @param shared memory to read into, which all connections of a process may share
 * @param answered called with the status of each answer, and its first bytes where it is a refusal; then the next may be sent
 * @param broken called when the connection ends by itself
 */
export function openConnection(
  port: number,
  shared: Buffer,
  answered: (status: number, head: Buffer) => void,
  broken: (reason: string) => void,
): Promise<LoadConnection> {
  let status = 0;
  /** Bytes of the body that are still to come; below zero between answers. */
  let left = -1;
  let chunked = false;
  let tail = Buffer.alloc(0);
  let rest: Buffer | undefined;
  let first = Buffer.alloc(0);
  let needle = Buffer.from("Content-Length: ");
  let closed = false;

  function done(): void {
    left = -1;
    chunked = false;
    answered(status, first);
  }

  function receive(size: number): void {
    let data = shared.subarray(0, size);
    if (chunked) {
      // The end may have been cut in two.
      const seam = Buffer.concat([tail, data.subarray(-lastChunk.length)]);
      tail = Buffer.from(seam.subarray(-lastChunk.length));
      if (tail.equals(lastChunk)) done();
      return;
    }
    if (left >= 0) {
      left -= size;
      if (left <= 0) done();
      return;
    }
    if (rest !== undefined) data = Buffer.concat([rest, data]);
    const end = data.indexOf(headEnd);
    if (end < 0) {
      rest = Buffer.from(data);
      return;
    }
    rest = undefined;
    status = data[9]! * 100 + data[10]! * 10 + data[11]! - 5328;
    if (status >= 300 || status === 0) first = Buffer.from(data.subarray(0, 1000));
    left = lengthIn(data, end);
    if (left < 0) {
      if (status === 204 || status === 304) left = 0;
      else if (chunkedName.test(data.toString("latin1", 0, end + 2))) {
        chunked = true;
        tail = Buffer.from(data.subarray(-lastChunk.length));
        if (tail.equals(lastChunk)) done();
        return;
      } else throw new Error(`An answer has no length:\n${data.toString("latin1", 0, end)}`);
    }
    left -= data.length - end - headEnd.length;
    if (left <= 0) done();
  }

  /** The length that an answer gives; below zero when it gives none. How the field is spelled is learnt from the first. */
  function lengthIn(data: Buffer, end: number): number {
    let at = data.indexOf(needle);
    if (at < 0 || at > end) {
      const name = lengthName.exec(data.toString("latin1", 0, end + 2))?.[1];
      if (name === undefined) return -1;
      needle = Buffer.from(name);
      at = data.indexOf(needle);
    }
    let length = 0;
    for (at += needle.length; data[at] !== 13; at++) length = length * 10 + data[at]! - 48;
    return length;
  }

  return new Promise((resolve, reject) => {
    const socket: Socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback(size) {
          receive(size);
          return true;
        },
      },
    });
    socket.once("connect", () =>
      resolve({
        send: (request) => void socket.write(request),
        close() {
          closed = true;
          socket.destroy();
        },
      }),
    );
    socket.once("error", (error) => {
      reject(error);
      if (!closed) broken(error.message);
      closed = true;
    });
    socket.once("close", () => {
      if (!closed) broken("closed");
      closed = true;
    });
  });
}
