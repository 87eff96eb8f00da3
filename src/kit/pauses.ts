import type { Soon } from "./soon.ts";

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
    next ??= nextTurn();
    if (worked < longest) return undefined;
    const turn = next.then(() => void (since = performance.now()));
    next = undefined;
    return turn;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0));
}

/** Items that are not worth asking the time for. */
const few = 20;

/** What each item comes to, in their order, while others have their turns in between; of a few at once. */
export function mapInTurns<T, R>(items: readonly T[], work: (item: T, index: number) => R): Soon<R[]> {
  return items.length <= few ? items.map(work) : mapMany(items, work);
}

async function mapMany<T, R>(items: readonly T[], work: (item: T, index: number) => R): Promise<R[]> {
  // To receive so many took its time already.
  await nextTurn();
  const pause = createPauses();
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    results.push(work(item, index));
    const turn = pause();
    if (turn !== undefined) await turn;
  }
  return results;
}
