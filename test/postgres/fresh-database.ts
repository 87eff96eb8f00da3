import { randomBytes } from "node:crypto";
import pg from "pg";
import { findPostgres } from "../contract/postgres-server.ts";

/** A database of a test's own. */
export interface FreshDatabase {
  readonly url: string;
  /** Runs SQL on it, as another program would. */
  run(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** Creates an empty database on the server that tests have; `how` is what SQL says about it beside its name. */
export async function freshDatabase(how = ""): Promise<FreshDatabase> {
  const server = await findPostgres();
  const name = `galley_test_${randomBytes(8).toString("hex")}`;
  const own = new URL(server);
  own.pathname = `/${name}`;
  await runOn(server, `CREATE DATABASE ${name} ${how}`);
  return {
    url: own.href,
    run: (text, values) => runOn(own.href, text, values),
    drop: async () => void (await runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** Runs SQL on a database, as another program would. */
export async function runOn(
  url: string,
  text: string,
  values?: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values === undefined ? undefined : [...values]);
    return rows;
  } finally {
    await client.end();
  }
}
