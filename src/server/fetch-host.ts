import type { Answer, Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { problem } from "../kit/problem.ts";
import type { Soon } from "../kit/soon.ts";
import { tooLarge } from "./node-body.ts";
import { requestIdOf } from "./request-id.ts";

/** What a `Request` doesn't tell. */
export interface FetchContext {
  /** Address of the client; empty when it isn't known. */
  readonly address?: string;
}

/**
 * A handler as a fetch function: for tests, serverless platforms, and other frameworks to mount. Whatever the handler
 * throws is answered as a problem.
 *
 * @example
 * const fetch = createFetchHost(handle);
 * const response = await fetch(new Request("http://localhost/api/films"));
 */
export function createFetchHost(
  handle: (exchange: Exchange) => Soon<Answer>,
): (request: Request, context?: FetchContext) => Promise<Response> {
  return async (request, context = {}) => {
    const exchange = exchangeOf(request, context);
    try {
      return responseOf(request, exchange, await handle(exchange));
    } catch (error) {
      return responseOf(request, exchange, problem(error, exchange.requestId));
    }
  };
}

function exchangeOf(request: Request, context: FetchContext): Exchange {
  const url = new URL(request.url);
  let body: Promise<Uint8Array> | undefined;
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    address: context.address ?? "",
    secure: url.protocol === "https:",
    requestId: requestIdOf(request.headers.get("request-id")),
    header: (name) => request.headers.get(name) ?? undefined,
    body: (limit) => (body ??= readBody(request, limit)),
  };
}

function responseOf(request: Request, exchange: Exchange, answer: Answer): Response {
  const headers = new Headers({ "request-id": exchange.requestId });
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of typeof value === "string" ? [value] : value) headers.append(name, one);
  }
  const bodiless = answer.status === 204 || answer.status === 304 || request.method === "HEAD";
  const body = typeof answer.body === "string" || answer.body === null ? answer.body : Buffer.concat(answer.body);
  return new Response(bodiless ? null : body, { status: answer.status, headers });
}

async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop cancels the stream.
    for await (const chunk of request.body as ReadableStream<Uint8Array>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof GalleyError) throw cause;
    throw new GalleyError("malformed", "The body ended before it was whole.", { cause });
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}
