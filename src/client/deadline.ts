import { GalleyClientError } from "./client-error.ts";

/**
 * Does some work until it is done, until its time is over, or until the caller wants it no more.
 *
 * @param milliseconds Infinity for no limit
 * @param work is told when nobody waits for it any more
 * @param late what becomes of it when its time is over; what it throws is thrown
 * @throws GalleyClientError `aborted`, whether the work listens or not
 */
export async function untilDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (over: AbortSignal) => Promise<T>,
  late: () => T,
): Promise<T> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(new GalleyClientError("aborted", "The call was aborted.", { cause: signal?.reason }));
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop);
      if (milliseconds < Infinity) timer = setTimeout(() => resolve(Promise.resolve().then(late)), milliseconds);
      work(over.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    over.abort();
  }
}
