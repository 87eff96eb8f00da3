import { eventLoop, type TurnClock } from "./turn-guard.ts";

/** How long an answer may wait while others of its turn are made, in milliseconds. */
const longest = 2;

/** Where answers wait whose requests arrived in this turn of the event loop. */
export interface Outbox {
  /** Says in which turn a request arrives. */
  turn(): number;
  /** Sends the answer to a request of this turn with the others of it, and any other at once. `send` must not throw. */
  put(turn: number, send: () => void): void;
  /** Sends what waits. */
  empty(): void;
}

/**
 * Sends answers one right after the other which are made in the turn of the event loop in which their requests arrived. To send
 * one wakes its client, which on one machine costs the sender a third of a point read; while it is awake the next costs little.
 * Answers to earlier requests come in a row by themselves, by one message of the writer, or have waited already, as refusals do.
 *
 * @param clock what tells how long an answer has waited, and calls back at the end of a turn
 */
export function createOutbox(clock: TurnClock = eventLoop): Outbox {
  let waiting: (() => void)[] = [];
  let waitsSince = 0;
  let isOpen = false;
  let turns = 0;

  function empty(): void {
    const all = waiting;
    waiting = [];
    for (const send of all) send();
  }

  function close(): void {
    isOpen = false;
    empty();
  }

  return {
    turn() {
      if (isOpen) return turns;
      isOpen = true;
      clock.atEndOfTurn(close);
      return ++turns;
    },
    put(turn, send) {
      if (!isOpen || turn !== turns) send();
      else if (waiting.push(send) === 1) waitsSince = clock.now();
      else if (clock.now() - waitsSince > longest) empty();
    },
    empty,
  };
}
