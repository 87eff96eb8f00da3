import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import pg from "pg";

/** The server on which databases are made. */
export const postgresUrl =
  process.env["TEST_POSTGRES_URL"] ?? process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres";

/** A database of a run's own. */
export interface MadeDatabase {
  readonly url: string;
  /** Microseconds of processor time that each process of the server with a connection to it has taken; none where it is elsewhere. */
  usage(): Promise<ReadonlyMap<number, number>>;
  drop(): Promise<void>;
}

let made = 0;
const dropProgram = fileURLToPath(new URL("drop-database.ts", import.meta.url));

/** Makes and fills a database, which is dropped when that fails, and when this process is interrupted. */
export async function makeDatabase(fill: (url: string) => Promise<void>): Promise<MadeDatabase> {
  const name = `galley_bench_${process.pid}_${made++}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  // One driver would ask for TLS by itself, the other not.
  if (!url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "disable");
  const manager = new pg.Client({ connectionString: postgresUrl });
  await manager.connect();
  const dropNow = (): void => void spawnSync(process.execPath, [dropProgram, name]);
  async function drop(): Promise<void> {
    await manager.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await manager.end();
    process.off("exit", dropNow);
  }
  process.once("exit", dropNow);
  try {
    await manager.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    await fill(url.href);
  } catch (error) {
    await drop();
    throw error;
  }
  return {
    url: url.href,
    drop,
    async usage() {
      const { rows } = await manager.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
        [name],
      );
      return new Map(rows.flatMap(({ pid }) => usageOfBackend(pid)));
    },
  };
}

function usageOfBackend(pid: number): [number, number][] {
  try {
    const [, name, rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    // User and system time, in hundredths of a second.
    const fields = rest.split(" ");
    return name === "postgres" ? [[pid, (Number(fields[11]) + Number(fields[12])) * 10_000]] : [];
  } catch {
    return [];
  }
}

/** In the order in which they refer to each other. */
const filled = [
  "users",
  "categories",
  "directors",
  "films",
  "accounts",
  "sessions",
  "_credentials",
  "_sessions",
] as const;
const rowsAtOnce = 5000;

/** Copies the rows of an SQLite database into tables of the same names, and collects what the planner has to know of them. */
export async function fillFrom(file: string, url: string): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true });
  const target = new pg.Client({ connectionString: url });
  await target.connect();
  try {
    for (const table of filled) {
      const known = source.prepare("SELECT name FROM pragma_table_info(?)").all(table);
      if (known.length === 0) continue;
      const { rows: wanted } = await target.query<{ readonly name: string; readonly list: boolean }>(
        "SELECT column_name AS name, data_type = 'ARRAY' AS list FROM information_schema.columns WHERE table_name = $1",
        [table],
      );
      // Each engine may have columns that only it needs.
      const columns = wanted.filter(({ name }) => known.some((one) => one["name"] === name));
      const names = columns.map(({ name }) => `"${name}"`).join(", ");
      const pairs = columns.map(({ name, list }) => `'${name}', ${list ? `json("${name}")` : `"${name}"`}`).join(", ");
      const read = source.prepare(
        `SELECT json_group_array(json_object(${pairs})) AS rows, max(rowid) AS last FROM (SELECT rowid, * FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ?)`,
      );
      const insert = `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1)`;
      for (let after = 0; ;) {
        const { rows, last } = read.get(after, rowsAtOnce) ?? {};
        if (typeof last !== "number") break;
        await target.query(insert, [rows]);
        after = last;
      }
      // Only of those that have rows: of a table that was found empty the planner thinks that it stays so, and reads the whole of it
      // for a reference to one row, which in a serializable transaction conflicts with whoever adds another.
      await target.query(`VACUUM ANALYZE ${table}`);
    }
  } finally {
    source.close();
    await target.end();
  }
}

/** The server in a few words: figures mean nothing without it. */
export async function describeServer(): Promise<string> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(
      "SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync, current_setting('shared_buffers') AS buffers",
    );
    const { version = "", commit = "", fsync = "", buffers = "" } = rows[0] ?? {};
    const near = ["127.0.0.1", "localhost", "[::1]", ""].includes(new URL(postgresUrl).hostname);
    return `PostgreSQL ${version} on ${near ? "the same machine" : "another machine"}, with \`synchronous_commit=${commit}\`, \`fsync=${fsync}\`, \`shared_buffers=${buffers}\``;
  } finally {
    await client.end();
  }
}
