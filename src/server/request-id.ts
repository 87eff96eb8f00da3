import { uuidv7 } from "../kit/uuid.ts";

const sane = /^[A-Za-z0-9._-]{1,128}$/;

/** The id of a request: the client's own, if it sent one that is safe to repeat in headers and logs; else a new one. */
export function requestIdOf(sent: string | null | undefined): string {
  return typeof sent === "string" && sane.test(sent) ? sent : uuidv7();
}
