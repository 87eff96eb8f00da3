/** A value, or the promise of one that is not there yet. */
export type Soon<T> = T | Promise<T>;

/**
 * Goes on with a value: at once where it is there. What SQLite reads is there at once, and to wait for it all the same, in each
 * function on the way of an answer, costs as much as reading it.
 */
export function soon<T, R>(value: Soon<T>, go: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(go) : go(value);
}
