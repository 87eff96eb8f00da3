import { type Answer, readAnswer } from "./answer.ts";
import type { WriteOptions } from "./call-options.ts";
import { GalleyClientError } from "./client-error.ts";
import { untilDeadline } from "./deadline.ts";
import type { Session } from "./session.ts";

/** What is asked of the server. */
export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api`, percent-encoded, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Whether it changes nothing although it is no GET. */
  readonly reads?: boolean;
  /** Whether it is asked as nobody, whoever is signed in: by who signs in. */
  readonly anonymous?: boolean;
}

/** Asks the server, again where that may help and can't harm. @throws GalleyClientError */
export type Send = (ask: Ask, options?: WriteOptions) => Promise<Answer>;

/** What requests go through. */
export interface SendParts {
  /** Where the backend is, without a slash at its end. */
  readonly url: string;
  readonly session: Session;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Of one request, in milliseconds. */
  readonly timeout: number;
  /** How often one that failed is sent again. */
  readonly retries: number;
}

/** The first pause before a request is sent again, in milliseconds; each next one is twice as long. */
const firstPause = 200;

/** The longest that a server may ask for, in seconds: nobody waits longer for an answer without being told. */
const longestPause = 10;

/** Failures that may be over the next time, of requests that may be sent again: all reads, and all writes under a key. */
const passing = new Set(["network", "timeout", "rate_limited", "overloaded", "idempotency_in_progress"]);

/** What a proxy answers while the server behind it isn't there. */
const passingStatuses = new Set([429, 502, 503, 504]);

/** Creates what sends requests. */
export function createSend({ url, session, fetch, timeout, retries }: SendParts): Send {
  /** One try. */
  function attempt(init: RequestInit, path: string, signal: AbortSignal | undefined): Promise<Answer> {
    const where = `${url}/api${path}`;
    return untilDeadline(
      timeout,
      signal,
      async (over) => {
        // Followed, a redirect would make a GET of a POST, and its answer would be taken for that of the POST.
        const request = new Request(where, { ...init, redirect: "manual", signal: over });
        let response: Response;
        try {
          response = await fetch(request);
          return await readAnswer(response);
        } catch (cause) {
          if (cause instanceof GalleyClientError) throw cause;
          throw new GalleyClientError("network", `${where} could not be reached, or broke off.`, { cause });
        }
      },
      () => {
        throw new GalleyClientError("timeout", `${where} did not answer within ${timeout} ms.`);
      },
    );
  }

  return async function send(ask, { signal, idempotencyKey } = {}) {
    const reads = ask.method === "GET" || ask.reads === true;
    // The same for every try: what arrived and was done, though its answer got lost, isn't done again.
    const key = idempotencyKey ?? (reads || retries === 0 ? undefined : createKey());
    const { headers, ...init } = await session.credentials(ask.method);
    if (ask.anonymous === true) delete headers["authorization"];
    if (ask.body !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    const request = {
      ...init,
      method: ask.method,
      headers: { ...headers, ...ask.headers },
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    };
    for (let tried = 0; ; tried++) {
      try {
        return await attempt(request, ask.path, signal);
      } catch (error) {
        const pause = tried < retries ? pauseAfter(error, tried) : undefined;
        if (pause === undefined) throw error;
        await untilDeadline(
          pause,
          signal,
          () => new Promise<void>(() => {}),
          () => {},
        );
      }
    }
  };
}

/** Milliseconds to wait before the next try; undefined where there is none. */
function pauseAfter(error: unknown, tried: number): number | undefined {
  if (!(error instanceof GalleyClientError)) return undefined;
  const { code, status = 0, retryAfter = 0 } = error;
  const passes = passing.has(code) || (code === "unexpected_answer" && passingStatuses.has(status));
  if (!passes || retryAfter > longestPause) return undefined;
  // Spread out, so that all who were turned away together don't come back together.
  return Math.max(retryAfter * 1000, firstPause * 2 ** tried) * (1 + Math.random() / 2);
}

/** 128 random bits. `crypto.randomUUID` is not there on pages without TLS. */
function createKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
