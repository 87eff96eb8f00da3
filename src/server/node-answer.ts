import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "../kit/exchange.ts";
import { hasBody } from "./node-body.ts";
import type { Unsent } from "./unsent.ts";

/** An unread body up to this size is read to its end, so that the connection can serve the next request. */
const worthReading = 65_536;
/** How long a client that still sends a refused body is listened to. */
const lingerMilliseconds = 2000;

/** Bytes that are handed to the system in one go. */
const longPiece = 131_072;

/** How an answer is sent. */
export interface Sending {
  readonly requestId: string;
  /** Whether the connection ends after this answer. */
  readonly close: boolean;
  /** Whether the client still waits for `100 Continue`, and may never send the body. */
  readonly awaitsContinue: boolean;
  /** Where a long one is counted; left out, none is. */
  readonly unsent?: Unsent;
}

/**
 * Sends an answer, with no more header fields than it needs.
 *
 * @throws TypeError when a header field can't be sent as it is; nothing was sent then
 * @throws GalleyError `overloaded` when too many long ones are being sent; nothing was sent then
 */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer, sending: Sending): void {
  // The client is gone, or was told already that its request broke off.
  if (response.destroyed || !request.socket.writable) return;
  const linger = mustLinger(request, sending.awaitsContinue);
  const head: string[] = ["request-id", sending.requestId];
  let saysLength = false;
  for (const name in answer.headers) {
    const value = answer.headers[name];
    if (name === "content-length") saysLength = true;
    if (typeof value === "string") head.push(name, value);
    else for (const one of value ?? []) head.push(name, one);
  }
  const { status, body } = answer;
  const length = lengthOf(body);
  const bodiless = status === 204 || status === 304 || request.method === "HEAD";
  if (length > longPiece && !bodiless) sending.unsent?.hold(response, length);
  if (!saysLength && status !== 204 && status !== 304 && !(body === null && request.method === "HEAD")) {
    head.push("content-length", String(length));
  }
  if (sending.close || linger) head.push("connection", "close");
  // In HTTP/1.1 a connection stays unless somebody says otherwise, so the two fields that Node adds say nothing.
  else if (response.shouldKeepAlive && request.httpVersionMinor === 1) response.removeHeader("connection");
  response.writeHead(status, head);
  if (linger) endAfterListening(request, response, bodiless ? null : body);
  else if (bodiless || body === null) response.end();
  else if (typeof body !== "string") endInPieces(response, body);
  else if (length > longPiece) endInPieces(response, [Buffer.from(body)]);
  // Text of as many bytes as characters is ASCII. As Latin-1, Node need not measure it once more before it is sent.
  else response.end(body, body.length === length ? "latin1" : "utf8");
}

/**
 * Sends a body piece by piece, as the client takes it, with a turn of the event loop for others in between: to hand the system
 * megabytes at once takes as long as to answer a hundred point reads. What is short goes in one.
 */
function endInPieces(response: ServerResponse, body: Iterable<Uint8Array>): void {
  const pieces = evenPieces(body);
  let [piece, next] = [pieces.next().value, pieces.next().value];
  const goOn = (): void => {
    if (response.destroyed) return;
    if (piece === undefined || next === undefined) {
      response.end(piece);
      return;
    }
    const goes = response.write(piece);
    [piece, next] = [next, pieces.next().value];
    if (goes) setImmediate(goOn);
    else response.once("drain", () => setImmediate(goOn));
  };
  goOn();
}

/** The same bytes in pieces that are neither long nor many: each of them is a call of the system and a turn of the event loop. */
function* evenPieces(body: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  let gathered: Uint8Array[] = [];
  let length = 0;
  for (const piece of body) {
    for (let from = 0; from < piece.length; from += longPiece) {
      const part = piece.subarray(from, from + longPiece);
      if (length + part.length > longPiece) {
        yield joined(gathered);
        gathered = [];
        length = 0;
      }
      gathered.push(part);
      length += part.length;
    }
  }
  if (length > 0) yield joined(gathered);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}

function lengthOf(body: Answer["body"]): number {
  if (body === null) return 0;
  return typeof body === "string" ? Buffer.byteLength(body) : body.reduce((sum, piece) => sum + piece.length, 0);
}

/** Whether more of the body is under way than is worth reading just to keep the connection. */
function mustLinger(request: IncomingMessage, awaitsContinue: boolean): boolean {
  if (request.complete || !hasBody(request)) return false;
  return awaitsContinue || !(Number(request.headers["content-length"]) <= worthReading);
}

/**
 * Sends the whole answer, and ends the connection only when the client has stopped sending or has had its time.
 * Ending it at once would reset the connection, and a client that is still sending would never see why.
 */
function endAfterListening(request: IncomingMessage, response: ServerResponse, body: Answer["body"]): void {
  if (body === null || body.length === 0) response.flushHeaders();
  else for (const piece of typeof body === "string" ? [body] : body) response.write(piece);
  const timer = setTimeout(() => response.end(), lingerMilliseconds);
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => response.end());
  request.resume();
}
