import { randomBytes } from "node:crypto";

/** A database that was made for one test. */
export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * Makes an empty database on a PostgreSQL server.
 *
 * @param server URL of any database there, with a user who may create others
 */
export async function createOwnDatabase(server: string): Promise<OwnDatabase> {
  if (!/^postgres(?:ql)?:\/\//.test(server))
    throw new Error(
      "The database of a test app is a PostgreSQL server, postgres://USER@HOST:PORT/DATABASE, or left out.",
    );
  const name = `galley_test_${process.pid}_${randomBytes(6).toString("hex")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await runOn(server, `CREATE DATABASE ${name}`);
  return { url: url.href, drop: () => runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runOn(server: string, text: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: server });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
