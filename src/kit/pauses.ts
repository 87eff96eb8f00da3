import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds of work after which others have their turn. */
const longest = 2;

/**
 * Lets the event loop go on within a work that is long for it: awaited between its pieces, it waits for the next turn when this
 * one has been taken for long enough, and for nothing where the work is short.
 *
 * @example
 * const pause = createPauses();
 * for (const piece of pieces) {
 *   work(piece);
 *   await pause();
 * }
 */
export function createPauses(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < longest) return undefined;
    return nextTurn().then(() => void (since = performance.now()));
  };
}
