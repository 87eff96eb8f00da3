import type { Answer } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import type { Logger } from "../kit/logger.ts";
import { problem } from "../kit/problem.ts";

/** Refuses requests of which there are too many. */
export interface Refusals {
  /** `overloaded`, as the contract says it. It settles when there is time to send it. */
  answer(requestId: string): Promise<Answer>;
}

/** Refusals of one turn of the event loop at the most. */
const mostSent = 256;
/** How often the log tells of them, in milliseconds. */
const often = 1000;

/**
 * A refusal costs as little as can be: what it takes is taken from those who are answered. It is made once, with a gap for the
 * request's id; and the log tells how many there were in a second instead of each.
 */
export function createRefusals(log: Logger): Refusals {
  const gap = "\0";
  const refusal = new GalleyError("overloaded", "More requests have come than can be answered; ask again shortly.", {
    headers: { "retry-after": "1" },
  });
  const { body, ...made } = problem(refusal, gap);
  const [before = "", after = ""] = String(body).split(JSON.stringify(gap));
  const waiting: (() => void)[] = [];
  let refused = 0;

  /** To decide costs less than to tell, most of which is the system's work: whoever is answered must not wait for it. */
  function send(): void {
    for (const settle of waiting.splice(0, mostSent)) settle();
    if (waiting.length > 0) setImmediate(send);
  }

  function tell(): void {
    log.warn({ refused }, "Requests were refused: more have come than can be answered");
    refused = 0;
  }

  return {
    answer(requestId) {
      if (refused++ === 0) setTimeout(tell, often).unref();
      if (waiting.length === 0) setImmediate(send);
      return new Promise((resolve) =>
        waiting.push(() => resolve({ ...made, body: `${before}${JSON.stringify(requestId)}${after}` })),
      );
    },
  };
}
