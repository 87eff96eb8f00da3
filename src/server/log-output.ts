import { fstatSync, write, writeSync } from "node:fs";

/** Where lines of the log go. */
export interface LogOutput {
  write(line: string): void;
  /** Writes out what waits, before the process or the thread ends; gives up on a reader who takes nothing for a while. */
  flushSync(): void;
}

/** Bytes of lines that may wait for a reader who is slow. Beyond it lines are lost, and no request. */
const mostWaiting = 16 * 1024 * 1024;
/** Milliseconds that lines gather: a write for each line would cost more than the request that it tells of. */
const gathering = 20;
/** Milliseconds until a full pipe is tried again, and how often a flush does so before it gives up. */
const pause = 20;
const tries = 50;

/**
 * Hands lines to a file descriptor asynchronously, so that a reader who is slow never stops a request. Whatever becomes of
 * the descriptor, a full disk or a reader who has gone, nothing is thrown: lines are lost then, and the server goes on.
 */
export function createLogOutput(descriptor: number): LogOutput {
  const { size, atOnce } = writesOf(descriptor);
  /** Texts of whole lines, each of one write; the last one is still gathering. */
  const chunks: string[] = [];
  let waiting = 0;
  /** What was not taken, or not as a whole. */
  const left: Buffer[] = [];
  let underWay = 0;
  let paused = false;
  let timer: NodeJS.Timeout | undefined;

  function next(): Buffer | undefined {
    if (left.length > 0) return left.shift();
    const chunk = chunks.shift();
    waiting -= chunk?.length ?? 0;
    return chunk === undefined ? undefined : Buffer.from(chunk);
  }

  /** @param most chunks that may stay, because they are still gathering */
  function send(most: number): void {
    if (paused) return;
    while (underWay < atOnce && (left.length > 0 || chunks.length > most)) hand(next());
    if (chunks.length > 0 && timer === undefined) timer = setTimeout(sendAll, gathering).unref();
  }

  function sendAll(): void {
    timer = undefined;
    send(0);
  }

  function hand(bytes: Buffer | undefined): void {
    if (bytes === undefined) return;
    underWay++;
    write(descriptor, bytes, (error, written) => {
      underWay--;
      if (error?.code === "EAGAIN") putOff(bytes);
      // What can't be written is lost: to keep it would be to keep all that comes after it.
      else if (error === null && written < bytes.length) left.push(bytes.subarray(written));
      send(1);
    });
  }

  function putOff(bytes: Buffer): void {
    left.push(bytes);
    if (paused) return;
    paused = true;
    setTimeout(() => {
      paused = false;
      send(1);
    }, pause).unref();
  }

  return {
    write(line) {
      if (waiting + line.length > mostWaiting) return;
      waiting += line.length;
      const last = chunks.length - 1;
      const open = chunks[last];
      if (open !== undefined && open.length + line.length <= size) chunks[last] = open + line;
      else {
        chunks.push(line);
        send(1);
      }
    },
    flushSync() {
      // What is under way is with the system already.
      let bytes = next();
      for (let again = tries; bytes !== undefined && again > 0;) {
        try {
          bytes = bytes.subarray(writeSync(descriptor, bytes));
          if (bytes.length === 0) bytes = next();
        } catch (error) {
          const full = error instanceof Error && "code" in error && error.code === "EAGAIN";
          again = full ? again - 1 : 0;
          if (full) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
        }
      }
    },
  };
}

/**
 * Most bytes of one write, and how many may be under way. A turn of the event loop can end no more writes than are under way, so
 * they must be large, or several. A pipe takes 4 kB as a whole, so the lines of threads that share it stay whole, and no more; the
 * last line of a longer text may not.
 */
function writesOf(descriptor: number): { readonly size: number; readonly atOnce: number } {
  return isPipe(descriptor) ? { size: 4096, atOnce: 16 } : { size: 65_536, atOnce: 1 };
}

function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    // Nothing can be written there anyway.
    return false;
  }
}
