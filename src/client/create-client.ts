import type { Backend } from "../schema/backend.ts";
import { authCalls } from "./auth-calls.ts";
import { type Batch, createBatch, type Member } from "./batch.ts";
import { callOf } from "./call.ts";
import type { WriteOptions } from "./call-options.ts";
import type { Client } from "./client.ts";
import { collectionCalls } from "./collection-calls.ts";
import { createNames } from "./names.ts";
import { createSend } from "./send.ts";
import { createSession, inMemory, isPage, type TokenStorage } from "./session.ts";

/** How requests are sent. */
interface RequestOptions {
  /** What sends requests; the global `fetch` unless told otherwise. In a test, that of an app. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How long one try may take, in milliseconds; 30,000 unless told otherwise. */
  readonly timeout?: number | undefined;
  /** How often a request is sent again that failed for a passing reason; 3 unless told otherwise. */
  readonly retries?: number | undefined;
}

/** Who asks: the owner of a token, or whoever signs in. */
type SessionOptions =
  | {
      /** The token of a session, for as long as this client is used. */
      readonly token: string;
      readonly storage?: undefined;
    }
  | {
      readonly token?: undefined;
      /**
       * Where the session of who signs in is kept. `cookie`: by the browser, where no script sees it; pages do that unless told
       * otherwise. `memory`: with this client, as everywhere else.
       */
      readonly storage?: "cookie" | "memory" | TokenStorage | undefined;
    };

/** How a client asks, and for whom. */
export type ClientOptions = RequestOptions & SessionOptions;

/**
 * Creates a client of a backend, typed by its definition. Nothing of the definition is there at run time.
 *
 * @param url where the server is, such as `https://shop.example`; in a page, an empty text is the page's own origin
 * @example
 * import type backend from "./backend.ts";
 * const shop = createClient<typeof backend>("https://shop.example");
 * const { data } = await shop.films.list({ where: { price: { lt: 2000 } }, include: { reviews: true } });
 */
export function createClient<B extends Backend>(url: string | URL, options: ClientOptions = {}): Client<B> {
  const { token, storage = token === undefined && isPage() ? "cookie" : "memory", ...requests } = options;
  const session = createSession(storage === "memory" ? inMemory(token ?? null) : storage);
  const send = createSend({
    url: String(url).replace(/\/+$/, ""),
    session,
    fetch: options.fetch ?? ((request) => fetch(request)),
    timeout: options.timeout ?? 30_000,
    retries: options.retries ?? 3,
  });
  const tags = new WeakMap<object, string>();
  const post = async (path: string, body: unknown, given?: WriteOptions): Promise<unknown> =>
    (await send({ method: "POST", path, body }, given)).body;
  const batch = async (plan: (batch: Batch<B>) => readonly Member[], given?: WriteOptions): Promise<unknown> =>
    ((await post("/batch", plan(createBatch() as Batch<B>), given)) as { readonly data: unknown }).data;

  const tools = {
    $batch: (...parameters: Parameters<typeof batch>) => callOf(batch(...parameters)),
    $as: (other: string | null) =>
      createClient<B>(url, { ...requests, ...(other === null ? { storage: "memory" } : { token: other }) }),
  };
  return createNames(
    (name) =>
      Object.assign(
        (input?: unknown, given?: WriteOptions) => callOf(post(`/actions/${name}`, input, given)),
        name === "auth" ? authCalls(send, session) : collectionCalls(name, send, tags),
      ),
    tools,
  ) as unknown as Client<B>;
}
