import { Socket } from "node:net";
import { callbackify } from "node:util";
import pg from "pg";
import { isOfTheWay, moreTelling } from "./postgres-errors.ts";
import type { Security, Way } from "./postgres-tls.ts";

/** How a connection is made. */
export interface ClientConfiguration extends pg.ClientConfig {
  readonly security: Security;
}

/**
 * A connection that is secured as `sslmode` says, that knows how long the server has owed an answer, and that can be cut off.
 */
export class PostgresClient extends pg.Client {
  readonly #security: Security;
  #socket: Socket | undefined;
  #gathers = false;
  #owed = 0;
  #since = 0;
  #answered = 0;
  #process: number | undefined;

  constructor(configuration: ClientConfiguration) {
    super({ ...configuration, ssl: false, enableChannelBinding: configuration.security.bound });
    this.#security = configuration.security;
    // A broken connection fails its statements; that it is also told as an event must not end the process.
    this.on("error", ignore);
    // Asked of the server: what the driver knows is the number that a proxy in between has made up.
    this.once("connect", () => {
      this.#askProcess().catch(ignore);
    });
  }

  /** Connects by the first way that leads in. @throws what was in the way, where none does */
  override connect(): Promise<this>;
  override connect(callback: (error: Error | null, client: pg.Client) => void): void;
  override connect(callback?: (error: Error | null, client: pg.Client) => void): Promise<this> | void {
    if (callback === undefined) return this.#connect();
    callbackify(() => this.#connect())(callback);
  }

  async #connect(): Promise<this> {
    let failure: unknown;
    for (const way of this.#security.ways()) {
      this.#choose(way);
      try {
        await super.connect();
        return this;
      } catch (error) {
        failure = failure === undefined ? error : moreTelling(failure, error);
        if (!isOfTheWay(error)) break;
      }
    }
    throw failure;
  }

  /** Puts a new connection in the place of the driver's own, or of one that failed, which the driver takes for the end. */
  #choose(way: Way): void {
    this.connection.removeAllListeners().on("error", ignore);
    this.connection.stream.destroy();
    const socket = new Socket();
    const connection = new pg.Connection({ stream: () => socket, ssl: way, keepAlive: true });
    if (this.#security.bound) demandBinding(connection);
    this.#socket = socket;
    Object.assign(this, { connection, ssl: way, _connecting: false, _connectionError: false });
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
    this.#gather();
    if (this.#owed++ === 0) this.#since = sent;
    try {
      return await this.query<unknown[]>(statement);
    } finally {
      this.#owed--;
      took?.(performance.now() - Math.max(sent, this.#answered));
      this.#since = this.#answered = performance.now();
    }
  }

  /** What is sent in one turn of the event loop is one packet: to hand over each statement alone costs more than to make it. */
  #gather(): void {
    if (this.#gathers) return;
    this.#gathers = true;
    const { stream } = this.connection;
    stream.cork();
    setImmediate(() => {
      this.#gathers = false;
      stream.uncork();
    });
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
    this.#socket?.destroy(new Error(`Connection terminated: ${reason}`));
  }
}

/** As `channel_binding=require` has it: no password for a server that doesn't prove by it that the certificate is its own. */
function demandBinding(connection: pg.Connection): void {
  let bound = false;
  const check = (): void => {
    if (bound) return;
    connection.emit(
      "error",
      new Error("Connection terminated: the server does not do as channel_binding=require asks"),
    );
    connection.stream.destroy();
  };
  connection.on("authenticationSASL", ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    bound = mechanisms.includes("SCRAM-SHA-256-PLUS");
    check();
  });
  for (const other of ["authenticationCleartextPassword", "authenticationMD5Password", "authenticationOk"]) {
    connection.on(other, check);
  }
}

function ignore(): void {}
