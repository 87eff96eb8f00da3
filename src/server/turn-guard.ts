/** Requests of one turn that are always answered: so few are no queue, however long each may take. */
const few = 64;
/** How long a turn of the event loop may take before it is full, in milliseconds. */
const target = 25;
/** Of a turn that never ends, because more comes than can even be refused, some are answered each time that so much has passed. */
const pass = 16 * target;
/** How long all turns may have been longer, in milliseconds: a burst is over by then. */
const burst = 300;

/** Keeps the turns of a thread's event loop short when more requests come than it can answer. */
export interface TurnGuard {
  /** Whether a request that arrives now may begin. */
  admits(): boolean;
}

/**
 * Requests wait in their sockets until the event loop comes to them, where nobody sees them: what is seen is that a turn of the
 * loop, which takes whatever has arrived, gets longer and longer. When no turn has been short for a while, a turn answers
 * requests for so long and the rest of it is refused, so that those of the next don't wait for it.
 *
 * @param clock milliseconds that only ever grow, and what calls back at the end of a turn
 */
export function createTurnGuard(clock: TurnClock = eventLoop): TurnGuard {
  let began: number | undefined;
  let ended = clock.now();
  let calmAt = ended;
  let refusedAt = Number.NEGATIVE_INFINITY;
  let requests = 0;

  function end(): void {
    const time = clock.now();
    const short = began !== undefined && (time - began <= target || requests <= few);
    // Right after a refusal a turn is short because of it.
    if (short && time - refusedAt > burst) calmAt = time;
    began = undefined;
    ended = time;
  }

  return {
    admits() {
      const time = clock.now();
      if (began === undefined) {
        began = time;
        requests = 0;
        // Nothing has arrived for that long, so nothing has waited.
        if (time - ended > burst) calmAt = time;
        clock.atEndOfTurn(end);
      }
      requests++;
      if (requests <= few || (time - began) % pass <= target || time - calmAt <= burst) return true;
      refusedAt = time;
      return false;
    },
  };
}

/** The time of an event loop. */
export interface TurnClock {
  now(): number;
  atEndOfTurn(call: () => void): void;
}

/** That of this thread. */
export const eventLoop: TurnClock = { now: () => performance.now(), atEndOfTurn: (call) => void setImmediate(call) };
