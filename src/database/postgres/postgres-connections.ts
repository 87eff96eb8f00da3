import pg from "pg";
import type { Sql } from "../sql/sql-dialect.ts";
import { outageError } from "./postgres-errors.ts";

/** How a server is reached. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=...`, as libpq has it. */
  readonly url: string;
  /** Connections for transactions. */
  readonly poolSize: number;
  /** How long one statement may take, in milliseconds. */
  readonly statementTime: number;
}

/** Runs statements on one connection, each prepared once. */
export type Query = (sql: Sql) => Promise<unknown[][]>;

/** A connection that is held for a transaction. */
export interface Session {
  readonly query: Query;
  /** Gives the connection back, or ends it when it may be in an unknown state. */
  release(broken: boolean): void;
}

/** The connections to one server. */
export interface Connections {
  /** Single statements of all requests, many on their way at once on few connections. */
  readonly shared: Query;
  /** @throws GalleyError `overloaded` when none is free within a second */
  acquire(): Promise<Session>;
  close(): Promise<void>;
}

/** A client that isn't answered in this time is told so, rather than left to hang. */
const connectTime = 1000;
/** Connections that single statements share: one keeps them in the fewest packets, the second is there when one is slow. */
const sharedClients = 2;
/** Statements that are prepared by name; whatever comes beyond is prepared each time. */
const mostStatements = 500;

/** The driver's parsers by the number of a type; its own declaration lists no arrays. */
const parserOf = pg.types.getTypeParser as unknown as (type: number) => (text: string) => unknown;
const textArrayType = 1009;
/** Takes the text of an array apart into the texts of its items. */
const readTextArray = parserOf(textArrayType);
/** The types of arrays that columns have: text, bigint, double precision, boolean. */
const arrays: ReadonlySet<number> = new Set([textArrayType, 1016, 1022, 1000]);

/** Values stay the texts that PostgreSQL sends: the fields know what they are. */
const types = {
  getTypeParser: (type: number): ((text: string) => unknown) => (arrays.has(type) ? readTextArray : (text) => text),
};

/** Opens connections when they are needed, and again when the server was away. */
export function createConnections(options: PostgresOptions): Connections {
  const names = new Map<string, string>();
  const configuration: pg.PoolConfig = {
    connectionString: options.url,
    connectionTimeoutMillis: connectTime,
    statement_timeout: options.statementTime,
    idle_in_transaction_session_timeout: options.statementTime,
    keepAlive: true,
    application_name: "galley",
    types,
    pipeline: true,
    // Ranges that follow one another are read in their order, which parallel workers don't keep; and times are in UTC.
    options: `${optionsOf(options.url)} -c TimeZone=UTC -c max_parallel_workers_per_gather=0 -c client_encoding=UTF8`,
  };
  const pool = new pg.Pool({ ...configuration, max: options.poolSize });
  // The pool throws a broken idle connection away by itself; without a listener its error would end the process.
  pool.on("error", ignore);
  const clients: (Promise<pg.Client> | undefined)[] = Array.from({ length: sharedClients }, () => undefined);
  let turn = 0;

  function nameOf(text: string): string | undefined {
    let name = names.get(text);
    if (name === undefined && names.size < mostStatements) names.set(text, (name = `g${names.size}`));
    return name;
  }

  function runOn(client: pg.ClientBase): Query {
    return async ({ text, values }) => {
      const name = values.length === 0 ? undefined : nameOf(text);
      const query = { text, values: [...values], rowMode: "array" as const, ...(name === undefined ? {} : { name }) };
      try {
        const { rows } = await client.query<unknown[]>(query);
        return rows;
      } catch (error) {
        throw outageError(error);
      }
    };
  }

  function sharedClient(index: number): Promise<pg.Client> {
    let client = clients[index];
    if (client === undefined) {
      const forget = (): void => {
        if (clients[index] === client) clients[index] = undefined;
      };
      client = connect(configuration, forget);
      client.catch(forget);
      clients[index] = client;
    }
    return client;
  }

  return {
    async shared(sql) {
      turn = (turn + 1) % sharedClients;
      let client: pg.Client;
      try {
        client = await sharedClient(turn);
      } catch (error) {
        throw outageError(error);
      }
      return runOn(client)(sql);
    },
    async acquire() {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw outageError(error);
      }
      client.on("error", ignore);
      return {
        query: runOn(client),
        release(broken) {
          client.off("error", ignore);
          client.release(broken);
        },
      };
    },
    async close() {
      await Promise.all(clients.map(async (client) => (await client?.catch(() => undefined))?.end()));
      await pool.end();
    },
  };
}

async function connect(configuration: pg.ClientConfig, ended: () => void): Promise<pg.Client> {
  const client = new pg.Client(configuration);
  client.on("error", ended);
  client.on("end", ended);
  await client.connect();
  return client;
}

function ignore(): void {}

/** The server settings that the URL asks for, which ours are added to. */
function optionsOf(url: string): string {
  return new URL(url).searchParams.get("options") ?? "";
}
