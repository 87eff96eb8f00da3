import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "../../src/server/create-app.ts";
import { createNodeHost } from "../../src/server/node-host.ts";
import definition from "./backend.ts";

/**
 * What happens to a request on its way: the connection breaks before it arrives, after it was answered, or within the answer; the
 * server is busy; a proxy speaks in its own words of what was done or wasn't; or the answer never comes.
 */
export type Fault = "lost" | "answer lost" | "answer torn" | "busy" | "busy for long" | "bad gateway" | "no answer";

/** A request as it was sent. */
export interface Sent {
  readonly method: string;
  readonly key: string | undefined;
}

/** A server behind a network that fails as it is told. */
export interface FaultyNetwork {
  readonly origin: string;
  /** What happens to the next requests, one after the other; nothing to those after them. */
  readonly faults: Fault[];
  readonly sent: Sent[];
  /** Settles when the next request that is not answered has arrived. */
  held(): Promise<void>;
  close(): Promise<void>;
}

export const administrator = { email: "admin@example.com", password: "a good password" };

/** Starts a server on a port, and the network before it. */
export async function openFaultyNetwork(): Promise<FaultyNetwork> {
  const app = await createApp(definition, { administrator, rateLimits: false });
  const host = createNodeHost({ handle: app.handle });
  const upstream = `http://127.0.0.1:${await host.listen({ port: 0, host: "127.0.0.1" })}`;
  const faults: Fault[] = [];
  const sent: Sent[] = [];
  let holding = Promise.withResolvers<void>();

  async function forward(request: IncomingMessage): Promise<{ response: Response; text: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (!["host", "connection", "content-length", "transfer-encoding"].includes(name))
        headers.set(name, String(value));
    }
    const method = request.method ?? "GET";
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const response = await fetch(upstream + (request.url ?? ""), { method, headers, ...body });
    return { response, text: await response.text() };
  }

  async function answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    sent.push({ method: request.method ?? "", key: request.headers["idempotency-key"]?.toString() });
    const fault = faults.shift();
    if (fault === "lost") return void request.socket.destroy();
    if (fault === "busy" || fault === "busy for long") {
      const problem = { code: "overloaded", detail: "Too many writes are waiting.", requestId: "1" };
      reply.writeHead(503, { "content-type": "application/problem+json", "retry-after": fault === "busy" ? "0" : "8" });
      return void reply.end(JSON.stringify(problem));
    }
    const { response, text } = await forward(request);
    if (fault === "answer lost") return void request.socket.destroy();
    if (fault === "no answer") return holding.resolve();
    if (fault === "bad gateway")
      return void reply.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
    const { status } = response;
    const type = response.headers.get("content-type") ?? "text/plain";
    const body = status === 204 ? "" : text;
    reply.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    if (fault !== "answer torn") return void reply.end(body);
    reply.write(body.slice(0, body.length / 2), () => request.socket.destroy());
  }

  const server = createServer((request, reply) => {
    answer(request, reply).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    sent,
    held() {
      holding = Promise.withResolvers();
      return holding.promise;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await host.close(0);
      await app.close();
    },
  };
}
