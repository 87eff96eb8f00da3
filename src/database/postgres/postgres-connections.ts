import pg from "pg";
import type { Sql } from "../sql/sql-dialect.ts";
import { type ClientConfiguration, PostgresClient } from "./postgres-client.ts";
import { configurationOf, type PostgresOptions } from "./postgres-configuration.ts";
import { isStale, outageError, unansweredError } from "./postgres-errors.ts";
import { createSharedClients } from "./postgres-shared-clients.ts";
import { createGate } from "./postgres-gate.ts";
import { createWatch } from "./postgres-watch.ts";

/** Runs statements on one connection, each prepared once. */
export type Query = (sql: Sql) => Promise<unknown[][]>;

/** A connection that is held for a transaction. */
export interface Session {
  readonly query: Query;
  /** Ends the transaction. @throws Error when the server did not commit it, because one of its statements had failed */
  commit(): Promise<void>;
  /** Has the server stop what it does for this connection. Settles when it was told. */
  cancel(): Promise<void>;
  /** Gives the connection back, or ends it when it may be in an unknown state. */
  release(broken: boolean): void;
}

/** The connections to one server. */
export interface Connections {
  /** Single statements of all requests, many on their way at once on few connections. */
  readonly shared: (sql: Sql, took?: (milliseconds: number) => void) => Promise<unknown[][]>;
  /** Single statements that add records, each a serializable transaction of its own. */
  readonly adding: Query;
  /** Single statements that would hold up those behind them: each has a connection to itself. */
  readonly slow: Query;
  /** @throws GalleyError `overloaded` when none is free within a second */
  acquire(): Promise<Session>;
  close(): Promise<void>;
}

/** Connections that single statements share: one keeps them in the fewest packets, the second is there when one is slow. */
const sharedClients = 2;
/** Connections that statements share which add records: gathered as they are, one keeps up with any disk. */
const addingClients = 1;
/** Connections that slow statements have at a time; none while there are none. */
const slowClients = 2;
/** Statements that are prepared by name; whatever comes beyond is prepared each time. */
const mostStatements = 500;
/** How long connections may take to end in good order, in milliseconds. */
const closeTime = 1000;

/** Opens connections when they are needed, and again when the server was away. */
export function createConnections(options: PostgresOptions): Connections {
  const names = new Map<string, string | undefined>();
  const configuration = configurationOf(options, "statements");
  const open = new Set<PostgresClient>();
  const watch = createWatch(open, configuration);
  const pool = createPool(options.poolSize, configurationOf(options, "transactions"));
  const slowPool = createPool(slowClients, configuration);
  const gate = createGate({
    room: slowClients,
    longestWait: options.statementTime,
    refusal: "Too many slow queries run at once; narrow the query, or ask again shortly.",
  });
  const shared = createSharedClients({ configuration, count: sharedClients, keep, send });
  const adding = createSharedClients({
    configuration: configurationOf(options, "additions"),
    count: addingClients,
    keep,
    send: (client, sql) =>
      send(client, sql).catch((error: unknown) => {
        throw unansweredError(error);
      }),
  });
  let closing: Promise<void> | undefined;

  function createPool(max: number, how: ClientConfiguration): pg.Pool {
    class PoolClient extends PostgresClient {
      constructor() {
        super(how);
      }
    }
    const made = new pg.Pool({ ...how, max, Client: PoolClient });
    // The pool throws a broken idle connection away by itself; without a listener its error would end the process.
    made.on("error", ignore);
    made.on("connect", (client) => client instanceof PostgresClient && keep(client));
    return made;
  }

  function keep(client: PostgresClient): void {
    open.add(client);
    client.once("end", () => open.delete(client));
  }

  function nameOf(text: string): string | undefined {
    if (names.has(text)) return names.get(text);
    const name = isPlannedOnce(text) && names.size < mostStatements ? `g${names.size}` : undefined;
    if (names.size < mostStatements) names.set(text, name);
    return name;
  }

  async function send(
    client: PostgresClient,
    { text, values }: Sql,
    took?: (milliseconds: number) => void,
  ): Promise<pg.QueryArrayResult<unknown[]>> {
    // A plan that is looked at once is not worth a name.
    const name = values.length === 0 || text.startsWith("EXPLAIN") ? undefined : nameOf(text);
    watch.start();
    try {
      const statement = {
        text,
        values: [...values],
        rowMode: "array" as const,
        ...(name === undefined ? {} : { name }),
      };
      return await client.send(statement, took);
    } catch (error) {
      throw outageError(error);
    }
  }

  async function take(from: pg.Pool): Promise<PostgresClient & pg.PoolClient> {
    let client: pg.PoolClient;
    try {
      client = await from.connect();
    } catch (error) {
      throw outageError(error);
    }
    if (client instanceof PostgresClient) return client;
    throw new Error("The pool made a connection of another kind.");
  }

  /** Ending it in good order would wait for what is still on its way, and the server would go on with it. */
  function abandon(client: PostgresClient): void {
    if (client.silentFor > 0 && client.process !== undefined)
      shared.run({ text: "SELECT pg_terminate_backend($1)", values: [client.process] }).catch(ignore);
    client.cut("it is in an unknown state");
  }

  async function close(): Promise<void> {
    const late = setTimeout(() => {
      for (const client of open) client.cut("it took too long to end");
    }, closeTime);
    await Promise.all([shared.end(), adding.end(), pool.end(), slowPool.end()]);
    clearTimeout(late);
    watch.stop();
  }

  return {
    async shared(sql, took) {
      try {
        return await shared.run(sql, took);
      } catch (error) {
        // It can be asked again: it only reads.
        if (!isStale(error)) throw error;
        return shared.run(sql);
      }
    },
    adding: (sql) => adding.run(sql),
    async slow(sql) {
      const leave = await gate.enter();
      try {
        for (let left = slowClients; ; left--) {
          const held = await take(slowPool);
          let stale = false;
          try {
            return (await send(held, sql)).rows;
          } catch (error) {
            stale = isStale(error);
            if (!stale || left === 0) throw error;
          } finally {
            // Every later statement of that name would fail on it as well.
            held.release(stale);
          }
        }
      } finally {
        leave();
      }
    },
    async acquire() {
      const held = await take(pool);
      return {
        query: async (sql) => (await send(held, sql)).rows,
        async commit() {
          const { command } = await send(held, { text: "COMMIT", values: [] });
          if (command !== "COMMIT") throw new Error(`The transaction ended with ${command}.`);
        },
        async cancel() {
          if (held.process === undefined) return;
          await shared.run({ text: "SELECT pg_cancel_backend($1)", values: [held.process] }).catch(ignore);
        },
        release(broken) {
          if (broken) abandon(held);
          held.release(broken);
        },
      };
    },
    close: () => (closing ??= close()),
  };
}

/**
 * Whether a statement is prepared by name, so that the server keeps a plan for whatever values it will have. How many records
 * hold a word, or an item of a list, only the value tells: the plan for a common one walks all records in search of a rare one.
 */
export function isPlannedOnce(text: string): boolean {
  return !/ (@@|@>) /.test(text);
}

function ignore(): void {}
