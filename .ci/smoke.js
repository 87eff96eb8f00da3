// Starts a backend with an empty folder for its data, asks it for films and stops it: the shop, the way the README says; with
// --installed, the README's program in an empty folder, on the built package as a stranger would install it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const startLimit = 60_000;
const stopLimit = 10_000;

const data = mkdtempSync(join(tmpdir(), "galley-smoke-"));
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
let log = "";

const root = fileURLToPath(new URL("..", import.meta.url));
const installed = process.argv.includes("--installed");
const { folder, command, parameters, films } = installed
  ? installPackage()
  : { folder: root, command: "npm", parameters: ["start"], films: 1 };

// A group of its own, so that nothing is left behind when something goes wrong.
const server = spawn(command, parameters, {
  cwd: folder,
  env: { ...process.env, GALLEY_DATA: data, HOST: "127.0.0.1", PORT: String(port) },
  stdio: ["ignore", "pipe", "pipe"],
  detached: true,
});
for (const stream of [server.stdout, server.stderr]) {
  stream.setEncoding("utf8");
  stream.on("data", (text) => (log += text));
}
const exited = once(server, "exit");

try {
  const began = performance.now();
  await healthy(began + startLimit);
  console.log(`/healthz answered after ${Math.round(performance.now() - began)} ms`);

  const response = await fetch(`${origin}/api/films?limit=1`, { signal: AbortSignal.timeout(startLimit) });
  const text = await response.text();
  const page = JSON.parse(text);
  if (response.status !== 200 || !Array.isArray(page.data) || page.data.length !== films) {
    throw new Error(`/api/films?limit=1 answered ${response.status}: ${text.slice(0, 500)}`);
  }
  console.log(`/api/films?limit=1 answered ${text.length} characters`);

  const asked = performance.now();
  server.kill("SIGTERM");
  const ended = await Promise.race([exited, sleep(stopLimit, undefined, { ref: false })]);
  if (ended === undefined) throw new Error(`still running ${stopLimit} ms after SIGTERM`);
  const [code, signal] = ended;
  if (code !== 0) throw new Error(`ended with ${code ?? signal} after SIGTERM instead of 0`);
  if (await answers()) throw new Error("the command ended after SIGTERM and the server did not");
  console.log(`ended with 0, ${Math.round(performance.now() - asked)} ms after SIGTERM`);
} catch (error) {
  console.error(`smoke: ${error instanceof Error ? error.message : String(error)}\nIts output:\n${log}`);
  process.exitCode = 1;
} finally {
  try {
    if (server.pid !== undefined) process.kill(-server.pid, "SIGKILL");
  } catch {
    // The whole group has ended, as it should.
  }
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
}

/** Installs the package that `npm pack` makes into an empty folder, and puts the README's program there. */
function installPackage() {
  const home = join(data, "app");
  const npm = (...words) =>
    execFileSync("npm", words, { cwd: home, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  execFileSync("mkdir", [home]);
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", home], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "stranger-app", private: true, type: "module" }));
  writeFileSync(join(home, "backend.ts"), program);
  npm("install", `./${tarball}`);
  return {
    folder: home,
    command: join(home, "node_modules/.bin/galley"),
    parameters: ["start", "backend.ts"],
    films: 0,
  };
}

/** Waits until the server says that it is up. */
async function healthy(deadline) {
  while (!(await answers())) {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error("npm start ended before it answered");
    if (performance.now() > deadline) throw new Error(`/healthz did not answer within ${startLimit} ms`);
    await sleep(100);
  }
}

async function answers() {
  try {
    return (await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port: free } = probe.address();
  probe.close();
  return free;
}
