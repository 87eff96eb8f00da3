import { setTimeout as sleep } from "node:timers/promises";
import { GalleyError } from "../../kit/galley-error.ts";

/** How long a work may wait for its turn, in milliseconds. */
const longestWait = 10_000;

/** Lets works of this thread pass one after another. */
export interface Lane {
  /** Settles when it is the caller's turn, with what ends it. @throws GalleyError `overloaded` when that takes too long */
  enter(): Promise<() => void>;
}

/** Works that have collided wait here, where waiting costs nothing, rather than each with a connection in its hand. */
export function createLane(): Lane {
  let last: Promise<void> = Promise.resolve();
  return {
    async enter() {
      const { promise: done, resolve: leave } = Promise.withResolvers<void>();
      const before = last;
      last = before.then(() => done);
      const stop = new AbortController();
      const late = sleep(longestWait, "late" as const, { signal: stop.signal, ref: false });
      // The wait that is no longer needed is ended by an error.
      late.catch(() => undefined);
      const outcome = await Promise.race([before, late]);
      stop.abort();
      if (outcome !== "late") return leave;
      leave();
      throw new GalleyError("overloaded", "Too many requests change the same records; ask again shortly.", {
        headers: { "retry-after": "1" },
      });
    },
  };
}
