import pg from "pg";
import type { ClientConfiguration } from "./postgres-client.ts";
import { takeSecurity } from "./postgres-tls.ts";

/** How a server is reached. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=...`, as libpq has it. */
  readonly url: string;
  /** Connections for transactions. */
  readonly poolSize: number;
  /** How long one statement may take, in milliseconds. */
  readonly statementTime: number;
}

/** Who isn't connected in this time, in milliseconds, is told so, rather than left to hang; `connect_timeout` asks for more. */
const connectTime = 800;

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

/** What every session is set to, whatever the server, the database or the role has as its default. */
const settings = {
  TimeZone: "UTC",
  DateStyle: "ISO",
  client_encoding: "UTF8",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  // Ranges that follow one another are read in their order, which parallel workers don't keep.
  max_parallel_workers_per_gather: "0",
  // Compiling a plan costs more than most of our statements.
  jit: "off",
  // Transactions say that they write. What was sent behind a BEGIN that failed is refused, rather than kept for itself.
  default_transaction_read_only: "on",
};

/**
 * What transactions are set to beside that. A table that is read as a whole is locked as a whole: with small tables, which the
 * planner likes to read so, serializable transactions that have nothing in common would fail because of each other.
 */
const transactionSettings = { enable_seqscan: "off" };

/** Statements that add records are transactions of their own, serializable like the others. */
const additionSettings = {
  ...transactionSettings,
  default_transaction_read_only: "off",
  default_transaction_isolation: "serializable",
};

/** What is special about a connection, by its use. */
const settingsOf = { statements: {}, transactions: transactionSettings, additions: additionSettings };

/** The driver's configuration of one connection. */
export function configurationOf(
  { url, statementTime }: PostgresOptions,
  use: "statements" | "transactions" | "additions",
): ClientConfiguration {
  const server = new URL(url);
  const { searchParams } = server;
  // What the URL says would replace what is said here, so that its own server settings are added to ours instead.
  const given = searchParams.get("options") ?? "";
  searchParams.delete("options");
  const host = searchParams.get("host") ?? decodeURIComponent(server.hostname);
  const security = takeSecurity(searchParams, host.startsWith("/"));
  const seconds = Number(searchParams.get("connect_timeout") ?? 0);
  const ours = Object.entries({ ...settings, ...settingsOf[use] }).map(([name, value]) => `-c ${name}=${value}`);
  return {
    connectionString: server.href,
    security,
    connectionTimeoutMillis: seconds > 0 ? seconds * 1000 : connectTime,
    statement_timeout: statementTime,
    idle_in_transaction_session_timeout: statementTime,
    keepAlive: true,
    application_name: "galley",
    types,
    pipeline: true,
    options: [given, ...ours].join(" ").trim(),
  };
}
