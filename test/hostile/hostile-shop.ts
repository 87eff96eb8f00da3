import { connect } from "node:net";
import type { Database } from "galley";
import { type App, createApp } from "galley/server";
import shop from "../../examples/shop/backend.ts";
import { films } from "../../examples/shop/collections/films.ts";
import { createNodeHost } from "../../src/server/node-host.ts";

/** A request as an attacker writes it: nothing of it is put right before it is sent. */
export interface Attack {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  /** Names in lower case; what was sent twice is joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** How a request travels. */
export type Way = (attack: Attack) => Promise<Reply>;

/** The shop with little in it, open to whoever wants to harm it. */
export interface HostileShop {
  readonly app: App;
  readonly port: number;
  /** Through `app.fetch`, and through bytes on a socket. */
  readonly ways: { readonly fetch: Way; readonly socket: Way };
  /** Of the administrator, who comes furthest in, and of a customer. */
  readonly tokens: { readonly admin: string; readonly customer: string };
  readonly customer: { readonly id: string; readonly email: string; readonly password: string };
  readonly film: string;
  close(): Promise<void>;
}

/** What is hidden in the shop: no answer may hold it. */
export const hiddenCode = "WH-NEVER-SHOWN";
const administrator = { email: "admin@example.com", password: "the manager of the shop" };

/** Opens the shop in memory, and behind a port. */
export async function openHostileShop(): Promise<HostileShop> {
  const app = await createApp(
    { ...shop, seed: ({ db }) => stock(db) },
    { administrator, rateLimits: false, bodyLimit: 1024 * 1024 },
  );
  const host = createNodeHost({ handle: app.handle, limits: { headersTimeout: 2000, requestTimeout: 4000 } });
  const port = await host.listen({ port: 0, host: "127.0.0.1" });
  const ways = { fetch: throughFetch(app), socket: throughSocket(port) };
  const enter = async (target: string, body: unknown): Promise<{ user: { id: string }; token: string }> => {
    const reply = await ways.fetch({ method: "POST", target, headers: [json], body: JSON.stringify(body) });
    return JSON.parse(reply.text);
  };
  const account = { email: "victim@example.com", password: "the victim's password" };
  const customer = await enter("/api/auth/sign-up", account);
  const admin = await enter("/api/auth/sign-in", administrator);
  const listed = await ways.fetch({ method: "GET", target: "/api/films?limit=1" });
  return {
    app,
    port,
    ways,
    tokens: { admin: admin.token, customer: customer.token },
    customer: { id: customer.user.id, ...account },
    film: JSON.parse(listed.text).data[0].id,
    async close() {
      await host.close(0);
      await app.close();
    },
  };
}

/** The field that says that a body is JSON. */
export const json = ["content-type", "application/json"] as const;

async function stock(db: Database): Promise<void> {
  await db.unrestricted(films).createMany([
    { title: "Metropolis", price: 1000, stock: 50, weight: 120, cost: 600, supplierCode: hiddenCode },
    { title: "Nosferatu", price: 2000, stock: 5, weight: 220, cost: 1200, supplierCode: hiddenCode },
    { title: null, price: 500, stock: 0, weight: 120, cost: 300, supplierCode: hiddenCode },
  ]);
}

function throughFetch(app: App): Way {
  return async ({ method, target, headers = [], body }) => {
    const request = new Request(`http://shop.test${target}`, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : Buffer.from(body) }),
    });
    const response = await app.fetch(request);
    return { status: response.status, headers: new Map(response.headers), text: await response.text() };
  };
}

function throughSocket(port: number): Way {
  return async ({ method, target, headers = [], body }) => {
    const bytes = Buffer.from(body ?? "");
    const own = new Set(headers.map(([name]) => name.toLowerCase()));
    const usual = [
      ["host", "shop.test"],
      ["connection", "close"],
      ...(bytes.length > 0 ? [["content-length", String(bytes.length)]] : []),
    ];
    // A field that the attack sends itself stands in the place of ours.
    const sent = [...usual.filter(([name = ""]) => !own.has(name)), ...headers];
    const lines = [`${method} ${target} HTTP/1.1`, ...sent.map(([name, value]) => `${name}: ${value}`), "", ""];
    return readReply(await talk(port, Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), bytes])));
  };
}

/** Sends bytes as they are, and gives back all that comes until the other side ends the connection. */
export function talk(port: number, bytes: string | Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(received)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // The other side may stop listening to what it has refused.
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  });
}

/** The first answer in what came from a socket. */
export function readReply(received: Buffer): Reply {
  const text = received.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end === -1 ? 0 : end).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  const body = end === -1 ? Buffer.alloc(0) : received.subarray(end + 4);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0), headers, text: body.toString() };
}
