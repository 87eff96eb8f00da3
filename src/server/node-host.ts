import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as TcpServer, type Socket } from "node:net";
import type { Answer, Exchange } from "../kit/exchange.ts";
import { GalleyError, toGalleyError } from "../kit/galley-error.ts";
import { type Logger, silentLogger } from "../kit/logger.ts";
import { problem } from "../kit/problem.ts";
import type { Soon } from "../kit/soon.ts";
import { uuidv7 } from "../kit/uuid.ts";
import { sendAnswer } from "./node-answer.ts";
import { NodeConnection } from "./node-connection.ts";
import { NodeExchange, refuseHead } from "./node-exchange.ts";
import { createOutbox } from "./outbox.ts";
import { createTrustedProxies } from "./trusted-proxies.ts";
import { createUnsent } from "./unsent.ts";

/** What a client may cost before it is refused; times in milliseconds. */
export interface NodeHostLimits {
  /** Longest URL in bytes; 8,192 unless told otherwise. */
  readonly url?: number;
  /** Most header fields; 100. */
  readonly headers?: number;
  /** Size of URL and header fields together, in bytes; 32,768. */
  readonly headerBytes?: number;
  /** Time for the header fields to arrive; 10 s. */
  readonly headersTimeout?: number;
  /** Time for the whole request to arrive; 60 s. */
  readonly requestTimeout?: number;
  /** Time that a connection may wait for its next request; 75 s, longer than what balancers wait. */
  readonly keepAliveTimeout?: number;
  /** Time that a connection may stand still within a request or an answer; 120 s. */
  readonly idleTimeout?: number;
  /** Bytes of long answers that may wait for their clients, all together; 256 MB. */
  readonly unsent?: number;
}

/** How long a connection without a request may stay when the server stops, in milliseconds. */
const lastMoment = 100;

/** An HTTP server. */
export interface NodeHost {
  /**
   * Starts to accept connections.
   *
   * @param where.port 0 takes a free one
   * @param where.reusePort whether several threads may listen on the port, which the kernel then shares out
   * @returns the port
   */
  listen(where: { readonly port: number; readonly host: string; readonly reusePort?: boolean }): Promise<number>;
  /**
   * Stops: accepts nothing new, lets requests under way be answered, and ends what is left after so many milliseconds.
   *
   * @returns how many requests were cut off
   */
  close(milliseconds: number): Promise<number>;
}

/**
 * A host over `node:http` for one handler. Whatever arrives, a request is answered or its connection is closed; whatever
 * the handler throws is answered as a problem.
 */
export function createNodeHost(options: {
  readonly handle: (exchange: Exchange) => Soon<Answer>;
  readonly limits?: NodeHostLimits;
  /** Addresses, CIDR ranges or `loopback`: whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  readonly trustedProxies?: readonly string[];
  readonly logger?: Logger;
}): NodeHost {
  const { handle, limits = {}, logger = silentLogger } = options;
  const headLimits = { url: limits.url ?? 8192, headers: limits.headers ?? 100 };
  const proxies = createTrustedProxies(options.trustedProxies ?? []);
  const connections = new Map<Socket, NodeConnection>();
  const refused = new WeakSet<Socket>();
  const outbox = createOutbox();
  const unsent = createUnsent(limits.unsent);
  let closing = false;

  function take(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    connections.get(request.socket)?.take(response, () => answer(request, response, awaitsContinue));
  }

  function answer(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const turn = outbox.turn();
    const exchange = new NodeExchange(request, response, proxies, awaitsContinue);
    const send = (ready: Answer, close: boolean): void =>
      sendAnswer(request, response, ready, {
        requestId: exchange.requestId,
        close: close || closing,
        awaitsContinue: exchange.awaitsContinue,
        unsent,
      });
    const fail = (error: unknown): void => {
      const { status, code } = toGalleyError(error);
      if (status >= 500 && code !== "overloaded") {
        logger.error({ error, requestId: exchange.requestId }, "A request could not be answered");
      }
      try {
        send(problem(error, exchange.requestId), false);
      } catch {
        // The error carries a header field that can't be sent, or the answer is half sent.
        response.destroy();
      }
    };
    const post = (ready: Answer, close = false): void =>
      outbox.put(turn, () => {
        try {
          send(ready, close);
        } catch (error) {
          fail(error);
        }
      });
    try {
      const refusal = refuseHead(request, headLimits);
      if (refusal !== undefined) return post(problem(refusal, exchange.requestId), true);
      const ready = handle(exchange);
      if (ready instanceof Promise) ready.then((one) => post(one), fail);
      else post(ready);
    } catch (error) {
      fail(error);
    }
  }

  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes ?? 32_768,
      headersTimeout: limits.headersTimeout ?? 10_000,
      requestTimeout: limits.requestTimeout ?? 60_000,
      keepAliveTimeout: limits.keepAliveTimeout ?? 75_000,
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeout ?? 10_000),
      joinDuplicateHeaders: true,
      // Node's own refusal has no body; `refuseHead` sees to it.
      requireHostHeader: false,
      // A request without a body is no stream then, which would be opened and ended for it. Older versions of Node don't know it.
      optimizeEmptyRequests: true,
    },
    (request, response) => take(request, response, false),
  );
  // Node drops the fields beyond this silently, so it must see one more than is allowed.
  server.maxHeadersCount = headLimits.headers + 1;
  server.timeout = limits.idleTimeout ?? 120_000;
  server.on("checkContinue", (request, response) => take(request, response, true));
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const requestId = uuidv7();
    const kind = { code: "malformed", status: 417, title: "The request could not be read" };
    const refusal = problem(new GalleyError(kind, "Expect must be 100-continue."), requestId);
    sendAnswer(request, response, refusal, { requestId, close: true, awaitsContinue: true });
  });
  server.on("connection", (socket: Socket) => {
    connections.set(socket, new NodeConnection(socket));
    socket.once("close", () => connections.delete(socket));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // What arrives after the refusal is no HTTP either.
    if (refused.has(socket)) return;
    refused.add(socket);
    // What is answered already is sent before the connection ends.
    outbox.empty();
    refuseConnection(error, socket, connections.get(socket)?.pending ?? []);
  });

  function endIdle(): void {
    server.close();
    // Node counts a connection that has not sent a byte yet as busy.
    for (const socket of connections.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  return {
    listen: (where) => listen(server, where),
    close(milliseconds) {
      closing = true;
      return new Promise((resolve) => {
        let cut = 0;
        // http's own close() ends the connections that wait, while their next request may be on its way. For a moment they are
        // answered still, and told that it was the last time.
        const last = setTimeout(endIdle, lastMoment);
        const timer = setTimeout(() => {
          for (const { pending } of connections.values()) cut += pending.length;
          server.closeAllConnections();
        }, milliseconds);
        TcpServer.prototype.close.call(server, () => {
          clearTimeout(last);
          clearTimeout(timer);
          endIdle();
          resolve(cut);
        });
      });
    },
  };
}

async function listen(server: Server, where: Parameters<NodeHost["listen"]>[0]): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ backlog: 2048, ...where }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : where.port;
}

/** What a connection is told that sent no HTTP, or not in time: a problem without a request, and the end. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, pending: readonly ServerResponse[]): void {
  const [first, ...others] = pending;
  // Only the answer to the very request that broke off may be written here. Before any other it would be taken for the
  // answer to a request that was sound.
  const mayAnswer = first === undefined || (others.length === 0 && !first.req.complete && !first.headersSent);
  if (!socket.writable || error.code === "ECONNRESET" || !mayAnswer) {
    socket.destroy();
    return;
  }
  const requestId = uuidv7();
  const { status, headers, body } = problem(connectionError(error.code), requestId);
  const lines = [`HTTP/1.1 ${status} Refused`, `request-id: ${requestId}`, "connection: close"];
  for (const name in headers) lines.push(`${name}: ${String(headers[name])}`);
  lines.push(`content-length: ${Buffer.byteLength(String(body))}`, "", String(body));
  socket.end(lines.join("\r\n"));
  // The other side may never close its end.
  setTimeout(() => socket.destroy(), 1000).unref();
}

function connectionError(code: string | undefined): GalleyError {
  const title = "The request could not be read";
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new GalleyError(
        { code: "too_large", status: 431, title: "The request is too large" },
        "The URL and the header fields are too long together.",
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new GalleyError({ code: "malformed", status: 408, title }, "The request did not arrive in time.");
    default:
      return new GalleyError("malformed", "What was sent is not HTTP/1.1.");
  }
}
