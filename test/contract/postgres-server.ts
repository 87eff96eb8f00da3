import pg from "pg";

/** Finds a PostgreSQL server to test against: `TEST_POSTGRES_URL`, or the one on the standard port. */
export async function findPostgres(): Promise<string> {
  const named = process.env["TEST_POSTGRES_URL"];
  if (named !== undefined) return named;
  const standard = "postgres://postgres@127.0.0.1:5432/postgres";
  const client = new pg.Client({ connectionString: standard, connectionTimeoutMillis: 1000 });
  await client.connect();
  await client.end();
  return standard;
}
