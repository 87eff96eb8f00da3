import type { Collection, Page, ShownRecordOf } from "galley";
import type { addresses } from "../../examples/shop/collections/addresses.ts";
import type { cartLines } from "../../examples/shop/collections/cart-lines.ts";
import type { coupons } from "../../examples/shop/collections/coupons.ts";
import type { films } from "../../examples/shop/collections/films.ts";
import type { orderLines } from "../../examples/shop/collections/order-lines.ts";
import type { orders } from "../../examples/shop/collections/orders.ts";

export type Film = ShownRecordOf<typeof films>;
export type CartLine = ShownRecordOf<typeof cartLines>;
export type Order = ShownRecordOf<typeof orders>;
export type OrderLine = ShownRecordOf<typeof orderLines>;
export type Coupon = ShownRecordOf<typeof coupons>;
export type Address = ShownRecordOf<typeof addresses>;
export type PageOf<C extends Collection> = Page<ShownRecordOf<C>> & { readonly total?: number };

/** Anything that answers requests. */
interface Host {
  fetch(request: Request): Promise<Response>;
}

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body's `code` where it is a problem. */
  readonly code: string | undefined;
  json<T>(): T;
}

/** Somebody who talks to the shop, signed in or not. The shorthands throw what isn't a success. */
export interface Visitor {
  /** Id of the user; empty for an anonymous visitor, like the password. */
  readonly id: string;
  readonly password: string;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  /** Calls an action. */
  act(name: string, input: unknown, headers?: Record<string, string>): Promise<Answer>;
  signUp(email: string, password: string): Promise<Visitor>;
  signIn(email: string, password: string): Promise<Visitor>;
  /** The same visitor with a session of its own. */
  again(): Promise<Visitor>;
}

interface SignedIn {
  readonly user: { readonly id: string; readonly email: string };
  readonly token: string;
}

/** Makes a visitor of an app: a client of twenty lines, as anyone would write it. */
export function createVisitor(host: Host, session?: SignedIn, password = ""): Visitor {
  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const request = new Request(`http://shop.test/api${path}`, {
      method,
      headers: {
        ...(session && { authorization: `Bearer ${session.token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const response = await host.fetch(request);
    const text = await response.text();
    const json = <T>(): T => JSON.parse(text);
    const problem = response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
    const code = problem ? json<{ code: string }>().code : undefined;
    return { status: response.status, headers: response.headers, text, code, json };
  }

  async function succeed<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.json<T>();
  }

  async function enter(path: string, email: string, word: string): Promise<Visitor> {
    return createVisitor(host, await succeed<SignedIn>("POST", path, { email, password: word }), word);
  }

  const visitor: Visitor = {
    id: session?.user.id ?? "",
    password,
    send,
    get: (path) => succeed("GET", path),
    post: (path, body) => succeed("POST", path, body),
    patch: (path, body) => succeed("PATCH", path, body),
    act: (name, input, headers) => send("POST", `/actions/${name}`, input, headers),
    signUp: (email, word) => enter("/auth/sign-up", email, word),
    signIn: (email, word) => enter("/auth/sign-in", email, word),
    again: async () => (session === undefined ? visitor : enter("/auth/sign-in", session.user.email, password)),
  };
  return visitor;
}

/** Where everything is sent. */
export const address = { name: "Ada", street: "1 Main St", city: "Berlin", postcode: "10115", country: "DE" };
