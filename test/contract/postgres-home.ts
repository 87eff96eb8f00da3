import { randomBytes } from "node:crypto";
import pg from "pg";
import { createPostgresEngine } from "../../src/database/postgres/postgres-engine.ts";
import type { CreateHome } from "./engine-home.ts";
import { findPostgres } from "./postgres-server.ts";

/** Schemas of their own in the test database: cheaper than databases, and as far apart. */
export async function postgresHomes(): Promise<CreateHome> {
  const url = await findPostgres();

  async function run(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  return () => {
    const schema = `galley_test_${randomBytes(8).toString("hex")}`;
    const own = new URL(url);
    own.searchParams.set("options", `-c search_path=${schema}`);
    let created: Promise<void> | undefined;
    const ready = (): Promise<void> => (created ??= run(`CREATE SCHEMA ${schema}`));
    return {
      keeps: true,
      open(model, { transactionTime = 2000 } = {}) {
        const engine = createPostgresEngine(model, {
          url: own.href,
          poolSize: 4,
          statementTime: 10_000,
          transactionTime,
        });
        return {
          ...engine,
          async migrate() {
            await ready();
            await engine.migrate(model);
          },
          async load(work) {
            await ready();
            return engine.load(work);
          },
          get waiting() {
            return engine.waiting;
          },
        };
      },
      remove: () => run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
    };
  };
}
