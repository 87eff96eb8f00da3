import { createConnections } from "./postgres-connections.ts";
import { startError } from "./postgres-start-error.ts";

/** What a server says of itself and of who asks. */
export interface PostgresFacts {
  readonly version: string;
  /** `server_version_num`: 160004. */
  readonly number: number;
  readonly encrypted: boolean;
  /** Whether who asks may make tables where Galley makes them. */
  readonly mayCreate: boolean;
  /** Connections that the server gives to ordinary users, and those that this user may have; -1 for no limit. */
  readonly connections: number;
  readonly ownConnections: number;
  /** The server's time, in milliseconds since 1970. */
  readonly now: number;
  readonly size: number;
  readonly entries: number;
  readonly newest: string | undefined;
}

const facts = `SELECT current_setting('server_version'), current_setting('server_version_num'),
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
  (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
  extract(epoch FROM clock_timestamp()) * 1000, pg_database_size(current_database()), to_regclass('"_changes"')`;

/** Asks a server about itself. @throws Error in one line when it can't be used */
export async function readPostgresFacts(url: string): Promise<PostgresFacts> {
  const connections = createConnections({ url, poolSize: 1, statementTime: 30_000 });
  const ask = async (text: string): Promise<unknown[]> =>
    (await connections.shared({ text, values: [] }).then((rows) => rows[0])) ?? [];
  try {
    const [version, number, encrypted, mayCreate, most, own, now, size, feed] = await ask(facts);
    // How many there are about: to count them all would take as long as to read them.
    const [entries = 0, newest] =
      feed === null
        ? []
        : await ask(
            `SELECT (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '"_changes"'::regclass), (SELECT to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM "_changes" ORDER BY "sequence" DESC LIMIT 1)`,
          );
    return {
      version: String(version),
      number: Number(number),
      encrypted: encrypted === "t",
      mayCreate: mayCreate === "t",
      connections: Number(most),
      ownConnections: Number(own),
      now: Number(now),
      size: Number(size),
      entries: Number(entries),
      newest: typeof newest === "string" ? newest : undefined,
    };
  } catch (error) {
    throw startError(error, url);
  } finally {
    await connections.close();
  }
}
