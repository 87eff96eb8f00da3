/** Where the time comes from, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
  now(): number;
}

/** A length of time: the sum of its parts. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Moves the clock forward, by so many milliseconds or by a {@link Duration}; what is negative moves it back. */
  advance(by: number | Duration): void;
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
 * clock.advance({ hours: 1 });
 */
export function createFakeClock(start: number | string = "2026-01-01T00:00:00Z"): FakeClock {
  let now = timeOf(start);
  return {
    now: () => now,
    advance(by) {
      now = timeOf(now + (typeof by === "number" ? by : millisecondsOf(by)));
    },
    set(time) {
      now = timeOf(time);
    },
  };
}

function millisecondsOf({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }: Duration): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

function timeOf(time: number | string): number {
  const milliseconds = typeof time === "number" ? time : Date.parse(time);
  if (!Number.isSafeInteger(milliseconds)) throw new RangeError(`Not a time in whole milliseconds: ${time}`);
  return milliseconds;
}
