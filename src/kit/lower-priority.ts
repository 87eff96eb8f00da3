import { constants, setPriority } from "node:os";

/**
 * Lets this thread run when no other has something to do: one that works for long would otherwise have half a processor of those
 * that answer. Only Linux knows priorities of threads; elsewhere it would be the whole process, and nothing is done.
 */
export function lowerPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid it; then the threads share.
  }
}
