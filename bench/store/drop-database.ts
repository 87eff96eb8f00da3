// Drops a database of the benchmark, for a run that ends at once and can't wait for it. Run it with: node bench/store/drop-database.ts NAME
import pg from "pg";
import { postgresUrl } from "./postgres-store.ts";

const client = new pg.Client({ connectionString: postgresUrl });
await client.connect();
await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(process.argv[2] ?? "")} WITH (FORCE)`);
await client.end();
