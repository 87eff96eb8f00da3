import { type ErrorContent, GalleyClientError } from "./client-error.ts";

/** A success, read. */
export interface Answer {
  readonly status: number;
  /** The entity tag of the record. */
  readonly tag: string | null;
  /** The JSON; undefined where there is none. */
  readonly body: unknown;
}

/** A problem (RFC 9457) as Galley spells it. */
interface Problem extends ErrorContent {
  readonly code: string;
  readonly detail: string;
  readonly errors?: ErrorContent["violations"];
}

/** Reads an answer. @throws GalleyClientError with the code of a problem; `unexpected_answer` for what isn't Galley's */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const empty = status === 204 || status === 304;
  const body = empty ? undefined : parseJson(text);
  if (empty || (response.ok && body !== undefined)) return { status, tag: headers.get("etag"), body };
  const retryAfter = secondsOf(headers.get("retry-after"));
  if (!response.ok && isProblem(body)) {
    const { code, detail, requestId, errors } = body;
    throw new GalleyClientError(code, detail, { status, requestId, violations: errors, retryAfter });
  }
  // A page that isn't JSON, a redirect, an error in other words than ours: something stands between, or the URL is another's.
  const what = status === 0 || (status >= 300 && status < 400) ? "leads elsewhere" : "is none of a Galley backend";
  throw new GalleyClientError(
    "unexpected_answer",
    `The answer of ${response.url || "the server"} ${what} (${status}).`,
    {
      status,
      retryAfter,
      requestId: headers.get("request-id") ?? undefined,
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body && "requestId" in body;
}

/** Retry-After (RFC 9110) as seconds from now. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
