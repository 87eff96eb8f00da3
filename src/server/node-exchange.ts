import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange } from "../kit/exchange.ts";
import { GalleyError } from "../kit/galley-error.ts";
import { readBody } from "./node-body.ts";
import { requestIdOf } from "./request-id.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

const noHost = /[\s,/?#@\\]/;
const unprintable = /[^\u0021-\u007e]/;

/** A request of `node:http` as an exchange; a class, because one is made for each request and most of it is never asked. */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #proxies: TrustedProxies;
  #body: Promise<Uint8Array> | undefined;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  awaitsContinue: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, proxies: TrustedProxies, awaitsContinue: boolean) {
    const target = originForm(request.url ?? "");
    const mark = target.indexOf("?");
    this.method = request.method ?? "";
    this.path = mark === -1 ? target : target.slice(0, mark);
    this.query = mark === -1 ? "" : target.slice(mark + 1);
    this.requestId = requestIdOf(request.headers["request-id"]?.toString());
    this.#request = request;
    this.#response = response;
    this.#proxies = proxies;
    this.awaitsContinue = awaitsContinue;
  }

  get address(): string {
    return this.#proxies.clientOf(this.#request.socket.remoteAddress ?? "", this.header("x-forwarded-for"));
  }

  get secure(): boolean {
    const protocol = this.header("x-forwarded-proto");
    if (protocol === undefined || !this.#proxies.trustsPeer(this.#request.socket.remoteAddress ?? "")) return false;
    // The last one is the nearest proxy's word; what stands before it may be the client's.
    return (
      protocol
        .slice(protocol.lastIndexOf(",") + 1)
        .trim()
        .toLowerCase() === "https"
    );
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  body(limit: number): Promise<Uint8Array> {
    this.#body ??= readBody(this.#request, limit, () => {
      if (this.awaitsContinue) this.#response.writeContinue();
      this.awaitsContinue = false;
    });
    return this.#body;
  }
}

/** Limits on the head of a request. */
export interface HeadLimits {
  /** Longest request target, in bytes. */
  readonly url: number;
  /** Most header fields. */
  readonly headers: number;
}

/**
 * What `node:http` lets pass and an HTTP server must not (RFC 9112, section 3.2), or that is more than the limits.
 *
 * @returns `undefined` when the head is fine
 */
export function refuseHead(request: IncomingMessage, limits: HeadLimits): GalleyError | undefined {
  const url = request.url ?? "";
  if (url.length > limits.url) return new GalleyError("too_large", `The URL must be at most ${limits.url} bytes long.`);
  if (unprintable.test(url)) return new GalleyError("malformed", "The URL must be percent-encoded.");
  if (request.rawHeaders.length > 2 * limits.headers) {
    const kind = { code: "too_large", status: 431, title: "The request is too large" };
    return new GalleyError(kind, `There must be at most ${limits.headers} header fields.`);
  }
  const { host } = request.headers;
  if (host === undefined && request.httpVersionMinor === 1) {
    return new GalleyError("malformed", "The Host header field must be sent.");
  }
  // Two of them, which arrive joined by a comma, may mean one host to a proxy and another to us.
  if (host !== undefined && noHost.test(host)) {
    return new GalleyError("malformed", "The Host header field must be one host, with its port where it has one.");
  }
  return undefined;
}

/** The target without scheme and authority, which clients send to proxies: `http://host/path` is `/path`. */
function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?]*(.*)$/i.exec(target)?.[1];
  if (absolute === undefined) return target;
  return absolute.startsWith("/") ? absolute : `/${absolute}`;
}
