import { readPostgresFacts } from "../../database/postgres/postgres-facts.ts";
import type { Configuration } from "../../server/index.ts";
import { sizeText } from "../../kit/size-text.ts";
import { whereOf } from "../where-of.ts";
import { checkFeed } from "./check-feed.ts";
import { type Finding, ok, problem, reasonOf, warning } from "./finding.ts";

const oldestServer = 140_000;
/** Connections beside those for transactions: two for each thread, and a few for all of them. */
const perThread = 4;
/** How far clocks may be apart, in milliseconds. */
const tolerance = 5000;

/** What a server lets us do: version, TLS, rights, connections, its clock. */
export async function checkPostgresDatabase(configuration: Configuration, url: string): Promise<Finding[]> {
  let facts: Awaited<ReturnType<typeof readPostgresFacts>>;
  try {
    facts = await readPostgresFacts(url);
  } catch (error) {
    return [problem("database", reasonOf(error), "Until it answers, nothing is served")];
  }
  const where = whereOf(configuration);
  const needed = configuration.databaseConnections + perThread * configuration.threads;
  const given = facts.ownConnections < 0 ? facts.connections : Math.min(facts.connections, facts.ownConnections);
  const apart = Math.abs(Date.now() - facts.now);
  return [
    ok("database", `${where} (${sizeText(facts.size)})`),
    facts.number < oldestServer
      ? problem("version", `PostgreSQL ${facts.version}`, "Galley needs 14 or newer: upgrade the server")
      : ok("version", `PostgreSQL ${facts.version}`),
    facts.encrypted || isNear(url)
      ? ok("tls", facts.encrypted ? "the connection is encrypted" : "not encrypted, on this machine")
      : warning("tls", "the connection goes over the network unencrypted", "Add ?sslmode=verify-full to DATABASE_URL"),
    facts.mayCreate
      ? ok("rights", "tables can be made")
      : warning(
          "rights",
          "this user may make no tables",
          "GRANT CREATE ON the schema, or let another user run galley migrate apply",
        ),
    given < needed
      ? warning(
          "connections",
          `the server gives ${given}, and this process may use ${needed}`,
          "Raise max_connections, or lower GALLEY_DATABASE_CONNECTIONS",
        )
      : ok("connections", `${needed} of ${given} for this process`),
    apart > tolerance
      ? warning("clocks", `the server's is ${Math.round(apart / 1000)} seconds away from this one`, "Keep both by NTP")
      : ok("clocks", "the server's agrees with this one"),
    ...checkFeed(facts),
  ];
}

function isNear(url: string): boolean {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  return host === "" || host === "localhost" || host === "[::1]" || host.startsWith("127.") || host.startsWith("/");
}
