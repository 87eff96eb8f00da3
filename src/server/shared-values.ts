import { frozen } from "../kit/frozen.ts";

/** A value on its way to another thread: whole the first time, and by its number from then on; or always whole. */
export type Shared = number | { readonly number: number | undefined; readonly value: unknown };

/** Values that are known by number at a time; then all are sent once more as they are needed. */
const most = 1000;
/**
 * Characters of a value as JSON up to which it is kept: the other thread has it until as many others have come, and a user may have as
 * much in fields of their own as a body may hold.
 */
const longest = 2000;

/** The end of a channel that sends. What it has sent must not change any more. */
export interface SharedOut {
  /** @param value plain data: what JSON has, and nothing else */
  put(value: object): Shared;
  /** To be called when a message that was made with `put` did not arrive: its values are sent once more. */
  forget(): void;
}

/** Remembers what the other thread has. Messages must be read in the order in which they were made. */
export function createSharedOut(): SharedOut {
  /** Without a number is what is too long. */
  let numbers = new WeakMap<object, { readonly number: number | undefined }>();
  let left = most;
  /** No number is given twice: where a value did not arrive, the other thread must not find another in its place. */
  let last = 0;

  function forget(): void {
    numbers = new WeakMap();
    left = most;
  }

  return {
    put(value) {
      const known = numbers.get(value);
      if (known !== undefined) return known.number ?? { number: undefined, value };
      if (left === 0) forget();
      const number = JSON.stringify(value).length > longest ? undefined : ++last;
      if (number !== undefined) left--;
      numbers.set(value, { number });
      return { number, value };
    },
    forget,
  };
}

/**
 * The other end: each value is the same object whenever it is named, frozen, because many will have it.
 *
 * @throws Error when a value was named that has not arrived: to go on without a principal or a permission would be worse
 */
export function createSharedIn(): (shared: Shared) => unknown {
  const values = new Map<number, unknown>();
  return (shared) => {
    if (typeof shared === "number") {
      if (!values.has(shared)) throw new Error("Who asks, or what they may do, did not arrive.");
      return values.get(shared);
    }
    // A copy: what else is in the same message may hold the same object, and is not frozen.
    const value = frozen(structuredClone(shared.value));
    if (shared.number === undefined) return value;
    values.set(shared.number, value);
    // The sender has forgotten the oldest when so many others have come. Maps keep the order of insertion.
    const [oldest] = values.keys();
    if (values.size > most && oldest !== undefined) values.delete(oldest);
    return value;
  };
}
