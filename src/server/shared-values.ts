import { frozen } from "../kit/frozen.ts";

/** A value on its way to another thread: whole the first time, and by its number from then on; or always whole. */
export type Shared = number | { readonly number: number | undefined; readonly value: unknown };

/** Values that are known by number at a time; then they are numbered anew. */
const most = 1000;
/**
 * Characters of a value as JSON up to which it is kept: the other thread has what it was sent until its number is given to another, and
 * a user may have as much in fields of their own as a body may hold.
 */
const longest = 2000;

/** The end of a channel that sends. What it has sent must not change any more. */
export interface SharedOut {
  /** @param value plain data: what JSON has, and nothing else */
  put(value: object): Shared;
  /** To be called when a message that was made with `put` did not arrive: its values are sent once more. */
  forget(): void;
}

/** Remembers what the other thread has. Messages must arrive, and be read, in the order in which they were made. */
export function createSharedOut(): SharedOut {
  /** Undefined for what is too long. */
  let numbers = new WeakMap<object, { readonly number: number | undefined }>();
  let next = 0;

  function forget(): void {
    numbers = new WeakMap();
    next = 0;
  }

  return {
    put(value) {
      const known = numbers.get(value);
      if (known !== undefined) return known.number ?? { number: undefined, value };
      if (next === most) forget();
      const number = JSON.stringify(value).length > longest ? undefined : next++;
      numbers.set(value, { number });
      return { number, value };
    },
    forget,
  };
}

/**
 * The other end: each value is the same object whenever it is named, frozen, because many will have it.
 *
 * @throws Error when a number was never given: to go on without a principal or a permission would be worse
 */
export function createSharedIn(): (shared: Shared) => unknown {
  const values: unknown[] = [];
  return (shared) => {
    if (typeof shared === "number") {
      if (!(shared in values)) throw new Error(`There is no shared value ${shared}.`);
      return values[shared];
    }
    const value = frozen(shared.value);
    if (shared.number !== undefined) values[shared.number] = value;
    return value;
  };
}
