/** Where the time comes from, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
  now(): number;
}

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Moves the clock forward by so many milliseconds; a negative number moves it back. */
  advance(milliseconds: number): void;
  /** Sets the clock, to milliseconds since 1970 or to an RFC 3339 time. */
  set(time: number | string): void;
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() };

/**
 * A clock for tests.
 *
 * @param start milliseconds since 1970, or an RFC 3339 time
 * @example
 * const clock = createFakeClock("2026-01-01T00:00:00Z");
 * clock.advance(60_000);
 */
export function createFakeClock(start: number | string = "2026-01-01T00:00:00Z"): FakeClock {
  let now = timeOf(start);
  return {
    now: () => now,
    advance(milliseconds) {
      now = timeOf(now + milliseconds);
    },
    set(time) {
      now = timeOf(time);
    },
  };
}

function timeOf(time: number | string): number {
  const milliseconds = typeof time === "number" ? time : Date.parse(time);
  if (!Number.isSafeInteger(milliseconds)) throw new RangeError(`Not a time in whole milliseconds: ${time}`);
  return milliseconds;
}
