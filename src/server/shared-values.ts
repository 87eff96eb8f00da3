import { frozen } from "../kit/frozen.ts";

/** A value on its way to another thread: whole the first time, and by its number from then on. */
export type Shared = number | { readonly number: number; readonly value: unknown };

/** Values that are known by number at a time; then they are numbered anew. */
const most = 1000;

/** The end of a channel that sends. What it has sent must not change any more. */
export interface SharedOut {
  put(value: object): Shared;
  /** To be called when a message that was made with `put` did not arrive: its values are sent once more. */
  forget(): void;
}

/** Remembers what the other thread has. Messages must arrive in the order in which they were made. */
export function createSharedOut(): SharedOut {
  let numbers = new WeakMap<object, number>();
  let next = 0;

  function forget(): void {
    numbers = new WeakMap();
    next = 0;
  }

  return {
    put(value) {
      const known = numbers.get(value);
      if (known !== undefined) return known;
      if (next === most) forget();
      numbers.set(value, next);
      return { number: next++, value };
    },
    forget,
  };
}

/** The other end: each value is the same object whenever it is named, frozen, because many will have it. */
export function createSharedIn(): (shared: Shared) => unknown {
  const values: unknown[] = [];
  return (shared) => {
    if (typeof shared === "number") return values[shared];
    return (values[shared.number] = frozen(shared.value));
  };
}
