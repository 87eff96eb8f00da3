import { setTimeout as pause } from "node:timers/promises";

/** What mappers say when another process has written since the transaction began to read. */
const busy = /SQLITE_BUSY|database is locked|\bP2034\b|\bP1008\b/;
const tries = 100;

/**
 * Runs a transaction again when another process got in between. Their transactions begin without the right to write, so that
 * with more processes than one SQLite refuses some in the middle, whatever the time-out; Prisma's guide asks for this, the
 * others leave it to who finds out.
 */
export async function retryWhenBusy<T>(transaction: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await transaction();
    } catch (error) {
      if (left === 0 || !isBusy(error)) throw error;
      await pause(Math.random() * 10);
    }
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return busy.test(`${code} ${error.message}`) || isBusy(error.cause);
}
