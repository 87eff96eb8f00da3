import type { ServerResponse } from "node:http";
import { GalleyError } from "../kit/galley-error.ts";

/** Bytes of long answers that may wait for their clients in a thread, all together. */
const mostUnsent = 256 * 2 ** 20;

/** The long answers that are being sent. They stay in memory for as long as their clients take, which may be minutes. */
export interface Unsent {
  /** Counts one until it is sent, or its client has gone. @throws GalleyError `overloaded` when there is no room for it */
  hold(response: ServerResponse, length: number): void;
}

/** Creates the count of a thread; nothing is counted of it but what is told. */
export function createUnsent(most = mostUnsent): Unsent {
  let total = 0;
  return {
    hold(response, length) {
      if (total + length > most)
        throw new GalleyError("overloaded", "Too many long answers are on their way; ask again shortly.", {
          headers: { "retry-after": "5" },
        });
      total += length;
      response.once("close", () => (total -= length));
    },
  };
}
