/** What waits for something that is done at a pace, such as writing: bounded by how long the last of it will wait. */
export interface Backlog {
  /** Whether one more may wait behind so many. */
  admits(waiting: number): boolean;
  /** One of those who waited is done. */
  done(): void;
}

/** How a backlog is bounded; times in milliseconds. */
export interface BacklogOptions {
  /** So many may always wait: what one commit takes at once is no queue. */
  readonly few?: number;
  /** So many never wait, however short their time. */
  readonly most?: number;
  /** How long those who come last may wait, when it has been longer for a while. */
  readonly target?: number;
  /** A burst: so long it may be longer. */
  readonly burst?: number;
  /** Milliseconds that only ever grow. */
  readonly now?: () => number;
}

/**
 * Bounds a queue by time instead of length: what can be done in a moment is a different number on each machine and in each
 * minute. A queue that empties again is a burst and is let be; one that stands is only what everybody waits behind, so
 * it is kept short (the idea of CoDel, RFC 8289).
 *
 * @example
 * if (!backlog.admits(waiting)) throw new GalleyError("overloaded", "Too many writes are waiting; ask again shortly.");
 */
export function createBacklog(options: BacklogOptions = {}): Backlog {
  const { few = 64, most = 5000, target = 50, burst = 150, now = () => performance.now() } = options;
  let since = now();
  let done = 0;
  /** How many are done within the target, as it was counted last. */
  let pace = 0;
  let calmAt = since;
  let refusedAt = Number.NEGATIVE_INFINITY;

  function count(time: number): void {
    const passed = time - since;
    if (passed < burst) return;
    pace = (done * target) / passed;
    since = time;
    done = 0;
  }

  return {
    admits(waiting) {
      const time = now();
      count(time);
      if (waiting < most && waiting <= Math.max(few, pace)) {
        if (time - refusedAt > burst) calmAt = time;
        return true;
      }
      if (time - calmAt <= burst && waiting < most) return true;
      refusedAt = time;
      return false;
    },
    done: () => void done++,
  };
}
