import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../kit/make-folder.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Gives some work a folder of its own that nobody else may read, and removes it, also when the process is told to end. What is
 * finished is renamed out of it.
 *
 * @param beside an existing folder, on the disk where the result belongs
 */
export async function withScratchFolder<T>(beside: string, work: (folder: string) => Promise<T>): Promise<T> {
  try {
    makeFolder(beside);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`The folder ${beside} can't be made (${reason}). Name one that this user may write to.`, {
      cause: error,
    });
  }
  const folder = mkdtempSync(join(beside, ".galley-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Not in the handler of the signal: it would end the process before other folders are removed.
  const end = (): void => process.exit(1);
  process.on("exit", remove);
  for (const signal of signals) process.on(signal, end);
  try {
    return await work(folder);
  } finally {
    for (const signal of signals) process.off(signal, end);
    process.off("exit", remove);
    remove();
  }
}
