/** Milliseconds of work after which others have their turn. */
const longest = 2;

/**
 * Lets the event loop go on within a work that is long for it: awaited between its pieces, it waits for the next turn when this
 * one has been taken for long enough, and for nothing where the work is short.
 *
 * A turn begins with its timers, then requests are read, and at its end their answers are sent (`setImmediate`). A piece that came
 * at the end as well would come before that, because it was asked for earlier, and have the answers wait for it. So it comes by a
 * timer, which is set while the piece before is at work, to be due when that has ended.
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
  let next: Promise<void> | undefined;
  return () => {
    const worked = performance.now() - since;
    if (worked < longest / 2) return undefined;
    next ??= new Promise((resolve) => void setTimeout(resolve, 0));
    if (worked < longest) return undefined;
    const turn = next.then(() => void (since = performance.now()));
    next = undefined;
    return turn;
  };
}
