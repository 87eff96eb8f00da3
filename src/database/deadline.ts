/** The work of a transaction that did not settle in time. */
export class TransactionTimeout extends Error {
  override readonly name = "TransactionTimeout";

  constructor(milliseconds: number) {
    super(
      `The action was not done after ${milliseconds} ms in its transaction, and was stopped; nothing of it was stored. ` +
        "A transaction can't wait for the outside: do network calls and hashing in prepare(), or declare the action with transaction: false. " +
        "What is much work is better done in parts.",
    );
  }
}

/**
 * Waits for work no longer than a time. Work that settles in microtasks, as work beside the data does, never starts a timer
 * that fires.
 */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TransactionTimeout(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Deadlines of works that run one after another: one timer serves them all. */
export interface Deadlines {
  /** Waits for work no longer than a time. */
  within<T>(work: Promise<T>, milliseconds: number): Promise<T>;
  /** Nothing runs any more. */
  clear(): void;
}

/** Creates the deadlines of works that run one after another. */
export function createDeadlines(): Deadlines {
  let timer: NodeJS.Timeout | undefined;
  /** When the timer rings, and what it then ends, unless another work has begun meanwhile. */
  let rings = Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  let end = (): void => undefined;

  function wind(time: number): void {
    clearTimeout(timer);
    rings = time;
    timer = setTimeout(ring, Math.max(0, time - performance.now()));
  }

  function ring(): void {
    rings = Number.POSITIVE_INFINITY;
    if (performance.now() < until) wind(until);
    else end();
  }

  return {
    within: (work, milliseconds) =>
      new Promise((resolve, reject) => {
        until = performance.now() + milliseconds;
        end = () => reject(new TransactionTimeout(milliseconds));
        if (until < rings) wind(until);
        work.then(resolve, reject);
      }),
    clear() {
      clearTimeout(timer);
      rings = Number.POSITIVE_INFINITY;
      end = () => undefined;
    },
  };
}
