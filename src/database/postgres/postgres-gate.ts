import { GalleyError } from "../../kit/galley-error.ts";

/** Lets a few works of this thread through at a time, in the order in which they came. */
export interface Gate {
  /** Settles when there is room for the caller, with what gives it back. @throws GalleyError `overloaded` when that takes too long */
  enter(): Promise<() => void>;
}

/** How a gate works. */
export interface GateOptions {
  /** Works that are let through at a time. */
  readonly room: number;
  /** How long a work may wait, in milliseconds. */
  readonly longestWait: number;
  /** What those are told who waited that long. */
  readonly refusal: string;
}

/** Works wait here, where waiting costs nothing, rather than each with a connection in its hand. */
export function createGate({ room, longestWait, refusal }: GateOptions): Gate {
  let free = room;
  const waiting: (() => void)[] = [];

  function leave(): void {
    const first = waiting.shift();
    if (first === undefined) free++;
    else first();
  }

  return {
    async enter() {
      let left = false;
      const leaveOnce = (): void => {
        if (!left) leave();
        left = true;
      };
      if (free > 0) {
        free--;
        return leaveOnce;
      }
      return new Promise((resolve, reject) => {
        const pass = (): void => {
          clearTimeout(timer);
          resolve(leaveOnce);
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(pass), 1);
          reject(new GalleyError("overloaded", refusal, { headers: { "retry-after": "1" } }));
        }, longestWait);
        waiting.push(pass);
      });
    },
  };
}
