import { constants, setPriority } from "node:os";

/**
 * Leaves this thread a tenth of a processor where others need it: one that works for long would otherwise have half of one of
 * those that answer, and with the lowest priority it would hardly come to an end beside them. Only Linux knows priorities of
 * threads; elsewhere it would be the whole process, and nothing is done.
 */
export function lowerPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; then the threads share.
  }
}
