import type { Soon } from "./soon.ts";

/**
 * The port between HTTP and the projections: the least that a handler needs to know of a request, and the least that
 * a host needs to know of a response. Two hosts speak it: `fetch` and `node:http`.
 */
export interface Exchange {
  /** Upper-case method: `GET`. */
  readonly method: string;
  /** The path as it was sent, still percent-encoded: `/api/films/42`. */
  readonly path: string;
  /** What follows the question mark, as it was sent, without it. */
  readonly query: string;
  /** One header field; the name in lower case. Repeated fields are joined with `, `. */
  header(name: string): string | undefined;
  /**
   * The whole body.
   * @throws GalleyError `too_large` when it is longer than `limit` bytes
   */
  body(limit: number): Promise<Uint8Array>;
  /** Address of the client, after trusted proxies. */
  readonly address: string;
  /** Whether the client speaks TLS to us or to a trusted proxy. */
  readonly secure: boolean;
  /** The request's id: the client's own, if it sent a sane one. */
  readonly requestId: string;
}

/** What a handler answers. */
export interface Answer {
  readonly status: number;
  /** Header fields, lower-case names; an array repeats the field (`set-cookie`). */
  readonly headers: Record<string, string | readonly string[]>;
  /** Text is sent as UTF-8, bytes in the pieces in which they were made; `null` is no body. */
  readonly body: string | readonly Uint8Array[] | null;
}

/** Answers one request; what it throws is answered as a problem (RFC 9457). */
export type Handler = (exchange: Exchange, parameters: Readonly<Record<string, string>>) => Soon<Answer>;

/** One entry of a projection's list of routes. */
export interface Route {
  readonly method: string;
  /** Segments between slashes; one that starts with a colon is a parameter: `/api/films/:id`. */
  readonly path: string;
  /** What it runs, by name, for who asks what there is: `films.list`. Left out where it answers by itself. */
  readonly operation?: string;
  readonly handler: Handler;
  /** Whether it is answered however busy the server is; false unless told otherwise. */
  readonly vital?: boolean;
}
