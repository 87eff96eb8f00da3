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
