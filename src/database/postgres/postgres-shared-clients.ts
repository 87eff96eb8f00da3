import type { Sql } from "../sql/sql-dialect.ts";
import { type ClientConfiguration, PostgresClient } from "./postgres-client.ts";
import { isStale, outageError } from "./postgres-errors.ts";

/** Few connections on which the statements of all requests are on their way at once. */
export interface SharedClients {
  /** Runs a statement on the one whose turn it is. */
  run(sql: Sql, took?: (milliseconds: number) => void): Promise<unknown[][]>;
  end(): Promise<unknown>;
}

/** What they need. */
export interface SharedClientsParts {
  readonly configuration: ClientConfiguration;
  readonly count: number;
  readonly keep: (client: PostgresClient) => void;
  readonly send: (
    client: PostgresClient,
    sql: Sql,
    took?: (milliseconds: number) => void,
  ) => Promise<{ readonly rows: unknown[][] }>;
}

/** Opens connections when they are needed, and again when they have failed. */
export function createSharedClients({ configuration, count, keep, send }: SharedClientsParts): SharedClients {
  const clients: (Promise<PostgresClient> | undefined)[] = Array.from({ length: count }, () => undefined);
  let turn = 0;

  function clientAt(index: number): Promise<PostgresClient> {
    let client = clients[index];
    if (client === undefined) {
      const forget = (): void => {
        if (clients[index] === client) clients[index] = undefined;
      };
      client = connect(forget);
      client.catch(forget);
      clients[index] = client;
    }
    return client;
  }

  async function connect(ended: () => void): Promise<PostgresClient> {
    const client = new PostgresClient(configuration);
    client.once("error", () => {
      ended();
      client.cut("it failed");
    });
    client.once("end", ended);
    await client.connect();
    keep(client);
    return client;
  }

  return {
    async run(sql, took) {
      turn = (turn + 1) % count;
      let client: PostgresClient;
      try {
        client = await clientAt(turn);
      } catch (error) {
        throw outageError(error);
      }
      try {
        return (await send(client, sql, took)).rows;
      } catch (error) {
        // Another program has changed what was prepared: new connections prepare it again.
        if (isStale(error))
          for (const stale of clients.splice(0, count, ...Array<undefined>(count)))
            stale?.then((one) => one.end()).catch(ignore);
        throw error;
      }
    },
    end: () => Promise.all(clients.map(async (client) => (await client?.catch(ignore))?.end())),
  };
}

function ignore(): void {}
