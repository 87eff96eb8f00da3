import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request that waits for those that came before it. */
interface Waiting {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

/**
 * A connection, whose requests begin one after another: the next when the client has taken the answer to the one before it.
 *
 * A client may send thousands of requests at once without reading an answer (RFC 9112, section 9.3.2). `node:http` hands on all
 * of them that stand in one piece of 64 kB, and keeps the answers until they can be sent. Begun together they would be the memory
 * of thousands of answers, and the time of thousands of clients; and one that writes would run beside the ones that follow it.
 */
export class NodeConnection {
  readonly #socket: Socket;
  #underWay: ServerResponse | undefined;
  #waiting: Waiting[] | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Requests that are not answered yet, in their order. */
  get pending(): readonly ServerResponse[] {
    if (this.#underWay === undefined) return [];
    return [this.#underWay, ...(this.#waiting ?? []).map(({ response }) => response)];
  }

  /** Begins a request, now or when its turn has come; never, where the connection ends before. */
  take(response: ServerResponse, begin: () => void): void {
    if (this.#underWay === undefined) this.#begin(response, begin);
    else this.#wait({ response, begin });
  }

  #begin(response: ServerResponse, begin: () => void): void {
    this.#underWay = response;
    response.on("close", this.#next);
    begin();
  }

  #wait(waiting: Waiting): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      this.#socket.on("resume", this.#hold);
    }
    this.#waiting.push(waiting);
    this.#socket.pause();
  }

  /** Nothing more is read while requests wait. Node goes on reading after each answer by itself. */
  readonly #hold = (): void => {
    if (this.#waiting !== undefined && this.#waiting.length > 0) this.#socket.pause();
  };

  readonly #next = (): void => {
    this.#underWay = undefined;
    if (this.#waiting === undefined) return;
    // It has ended, or was told that this was its last answer.
    if (!this.#socket.writable) this.#waiting = [];
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin(next.response, next.begin);
    // Not before: the end of what the client has to say ends the connection, whatever is still to be answered.
    else this.#socket.resume();
  };
}
