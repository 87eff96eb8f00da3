import { Socket } from "node:net";
import pg from "pg";

/** A connection that knows how long the server has owed an answer, and that can be cut off. */
export class PostgresClient extends pg.Client {
  readonly #socket: Socket;
  #owed = 0;
  #since = 0;
  #answered = 0;
  #process: number | undefined;

  constructor(configuration?: pg.ClientConfig) {
    const socket = new Socket();
    super({ ...configuration, stream: () => socket });
    this.#socket = socket;
    // A broken connection fails its statements; that it is also told as an event must not end the process.
    this.on("error", ignore);
    // Asked of the server: what the driver knows is the number that a proxy in between has made up.
    this.once("connect", () => {
      this.#askProcess().catch(ignore);
    });
  }

  async #askProcess(): Promise<void> {
    const { rows } = await this.send({ text: "SELECT pg_backend_pid()", rowMode: "array" });
    this.#process = Number(rows[0]?.[0]);
  }

  /**
   * Sends a statement without waiting for those before it, and keeps count of what is owed.
   *
   * @param took is told how many milliseconds the server took, without the time that the statement waited for others
   */
  async send(
    statement: pg.QueryArrayConfig,
    took?: (milliseconds: number) => void,
  ): Promise<pg.QueryArrayResult<unknown[]>> {
    const sent = performance.now();
    if (this.#owed++ === 0) this.#since = sent;
    try {
      return await this.query<unknown[]>(statement);
    } finally {
      this.#owed--;
      took?.(performance.now() - Math.max(sent, this.#answered));
      this.#since = this.#answered = performance.now();
    }
  }

  /** Milliseconds since the server answered last while statements wait; 0 where none does. */
  get silentFor(): number {
    return this.#owed === 0 ? 0 : performance.now() - this.#since;
  }

  /** When the server answered last, by `performance.now()`. */
  get answeredAt(): number {
    return this.#answered;
  }

  /** Number of the server's process that serves this connection, once it is known. */
  get process(): number | undefined {
    return this.#process;
  }

  /** Ends the connection at once; what was sent on it fails. */
  cut(reason: string): void {
    this.#socket.destroy(new Error(`Connection terminated: ${reason}`));
  }
}

function ignore(): void {}
