import { write, writeSync } from "node:fs";

/** Where lines of the log go. */
export interface LogOutput {
  write(line: string): void;
  /** Writes out what waits, before the process or the thread ends; gives up on a reader who takes nothing for a while. */
  flushSync(): void;
}

/**
 * Most bytes of one write. A pipe takes that many as a whole, so the lines of threads that share it stay whole; the last
 * line of a longer text may not.
 */
const mostWritten = 4096;
/** Bytes of lines that may wait for a reader who is slow. Beyond it lines are lost, and no request. */
const mostWaiting = 16 * 1024 * 1024;
/** Milliseconds that lines gather: a write for each line would cost more than the request that it tells of. */
const gathering = 5;
/** Milliseconds until a full pipe is tried again, and how often a flush does so before it gives up. */
const pause = 20;
const tries = 50;

/**
 * Hands lines to a file descriptor asynchronously, so that a reader who is slow never stops a request. Whatever becomes of
 * the descriptor, a full disk or a reader who has gone, nothing is thrown: lines are lost then, and the server goes on.
 */
export function createLogOutput(descriptor: number): LogOutput {
  /** Texts of whole lines, each of one write. */
  const chunks: string[] = [];
  let waiting = 0;
  /** What is being written, or was not taken as a whole. */
  let rest: Buffer | undefined;
  let underWay = false;
  let timer: NodeJS.Timeout | undefined;

  function next(): Buffer | undefined {
    const chunk = chunks.shift();
    waiting -= chunk?.length ?? 0;
    return chunk === undefined ? undefined : Buffer.from(chunk);
  }

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    rest ??= next();
    if (rest === undefined) return;
    underWay = true;
    write(descriptor, rest, (error, written) => {
      underWay = false;
      if (error?.code === "EAGAIN") return void setTimeout(send, pause).unref();
      // What can't be written is lost: to keep it would be to keep all that comes after it.
      rest = error === null && rest !== undefined && written < rest.length ? rest.subarray(written) : undefined;
      send();
    });
  }

  return {
    write(line) {
      if (waiting + line.length > mostWaiting) return;
      waiting += line.length;
      const last = chunks.length - 1;
      const open = chunks[last];
      if (open !== undefined && open.length + line.length <= mostWritten) chunks[last] = open + line;
      else chunks.push(line);
      if (rest !== undefined) return;
      // Nothing is waited for once there is as much as one write takes.
      if (chunks.length > 1) send();
      else timer ??= setTimeout(send, gathering).unref();
    },
    flushSync() {
      // What is under way is with the system already.
      let bytes = (underWay ? undefined : rest) ?? next();
      for (let left = tries; bytes !== undefined && left > 0;) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
          if (bytes.length === 0) bytes = next();
        } catch (error) {
          const full = error instanceof Error && "code" in error && error.code === "EAGAIN";
          left = full ? left - 1 : 0;
          if (full) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
        }
      }
    },
  };
}
