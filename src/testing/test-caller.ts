import type { Client } from "../client/client.ts";
import { createClient } from "../client/create-client.ts";
import type { OpenDatabase } from "../records/open-database.ts";
import type { Backend } from "../schema/backend.ts";

/** An answer, read. */
export interface TestResponse<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it was sent. */
  readonly text: string;
  /** What the body says where it is JSON; null where it is not. */
  readonly body: T;
}

/** Header fields of a request. */
export type TestHeaders = Readonly<Record<string, string>>;

/**
 * Somebody who calls the application over HTTP, without a port. The type of a body is what the test expects of it; nothing
 * checks it.
 */
export interface TestCaller<B extends Backend = Backend> {
  /** The whole request, as `fetch` would send it; a path alone will do. For streams, forms and files. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  get<T = unknown>(path: string, headers?: TestHeaders): Promise<TestResponse<T>>;
  /** @param body is sent as JSON */
  post<T = unknown>(path: string, body?: unknown, headers?: TestHeaders): Promise<TestResponse<T>>;
  put<T = unknown>(path: string, body?: unknown, headers?: TestHeaders): Promise<TestResponse<T>>;
  patch<T = unknown>(path: string, body?: unknown, headers?: TestHeaders): Promise<TestResponse<T>>;
  delete<T = unknown>(path: string, headers?: TestHeaders): Promise<TestResponse<T>>;
  /**
   * The same requests by the typed client: `await app.as(alice).client.films.create({ title: "M" })`. It throws what isn't a
   * success, and tries nothing twice.
   */
  readonly client: Client<B>;
  /** The records as an action called by them sees them in `db`: under their rules. */
  readonly db: OpenDatabase;
}

/** Where the application seems to be. */
const origin = "http://app.test";

/** Creates somebody who calls. @param tokenOf answers the token of their session; undefined for nobody in particular */
export function createTestCaller<B extends Backend>(
  fetch: (request: Request) => Promise<Response>,
  db: OpenDatabase,
  tokenOf: () => Promise<string> | undefined,
): TestCaller<B> {
  async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input instanceof Request ? input : new URL(input, origin), init);
    const token = await tokenOf();
    if (token !== undefined && !request.headers.has("authorization"))
      request.headers.set("authorization", `Bearer ${token}`);
    return fetch(request);
  }

  async function read<T>(
    method: string,
    path: string,
    headers: TestHeaders = {},
    sent?: unknown,
  ): Promise<TestResponse<T>> {
    const json = sent === undefined ? {} : { body: JSON.stringify(sent) };
    const type = sent === undefined ? {} : { "content-type": "application/json" };
    const response = await send(path, { method, headers: { ...type, ...headers }, ...json });
    const text = await response.text();
    const body: unknown = isJson(response) && text !== "" ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, text, body: body as T };
  }
  return {
    fetch: send,
    get: (path, headers) => read("GET", path, headers),
    post: (path, body, headers) => read("POST", path, headers, body),
    put: (path, body, headers) => read("PUT", path, headers, body),
    patch: (path, body, headers) => read("PATCH", path, headers, body),
    delete: (path, headers) => read("DELETE", path, headers),
    client: createClient<B>(origin, { fetch: send, retries: 0 }),
    db,
  };
}

function isJson({ headers }: Response): boolean {
  return /^application\/(?:.+\+)?json\b/.test(headers.get("content-type") ?? "");
}
