import { GalleyError } from "../../kit/galley-error.ts";

/** How many transactions of this thread run at a time. */
export interface Crowd {
  /**
   * Settles when there is room for the caller, with what gives it back.
   *
   * @throws GalleyError `overloaded` when that takes too long
   */
  enter(): Promise<() => void>;
  /** A transaction of those inside was committed. */
  committed(): void;
  /** One lost against another. */
  collided(): void;
  /** Sends away whoever waits: those inside have found that nobody can be served. */
  disperse(error: Error): void;
}

/** How a crowd is let in. */
export interface CrowdOptions {
  /** Transactions that run at a time while none collides. */
  readonly most: number;
  /** How long one may wait while all connections are taken, in milliseconds. */
  readonly longestWait: number;
  /** How long while others collide: sent away, they would come again and collide, too. */
  readonly patience: number;
}

/** What remains of the room after a collision. */
const narrowing = 0.8;

/**
 * Lets in as many as there are connections while they have nothing to do with one another, and fewer the more of them collide,
 * down to one: work that is lost is work for nothing, and takes the time of those who would win. Grows by one after as many
 * commits as there is room for, as TCP does with what it sends at a time.
 */
export function createCrowd({ most, longestWait, patience }: CrowdOptions): Crowd {
  let room = most;
  let inside = 0;
  const waiting = new Set<{ readonly pass: () => void; readonly refuse: (error: Error) => void }>();

  function admit(): void {
    for (const one of waiting) {
      if (inside >= Math.floor(room)) return;
      waiting.delete(one);
      inside++;
      one.pass();
    }
  }

  function leaving(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside--;
      admit();
    };
  }

  return {
    enter() {
      if (waiting.size === 0 && inside < Math.floor(room)) {
        inside++;
        return Promise.resolve(leaving());
      }
      return new Promise((resolve, reject) => {
        const one = {
          pass() {
            clearTimeout(timer);
            resolve(leaving());
          },
          refuse(error: Error) {
            clearTimeout(timer);
            waiting.delete(one);
            reject(error);
          },
        };
        let timer = setTimeout(() => {
          if (room >= most) return one.refuse(tooMany());
          timer = setTimeout(() => one.refuse(tooMany()), patience - longestWait);
        }, longestWait);
        waiting.add(one);
      });
    },
    committed() {
      room = Math.min(most, room + 1 / room);
      admit();
    },
    collided() {
      room = Math.max(1, room * narrowing);
    },
    disperse(error) {
      for (const one of waiting) one.refuse(error);
    },
  };
}

function tooMany(): GalleyError {
  return new GalleyError("overloaded", "Too many transactions are at work; ask again shortly.", {
    headers: { "retry-after": "1" },
  });
}
