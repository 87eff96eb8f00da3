// Starts a server by a command, asks it something, stops it, and says what came of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const startLimit = 60_000;
const stopLimit = 10_000;

/**
 * Runs a command in a group of its own, so that nothing is left behind when something goes wrong, and calls back when it answers.
 *
 * @param {{ folder: string, command: string, parameters: string[], data: string, env?: Record<string, string> }} how
 * @param {(server: { origin: string, said: (pattern: RegExp) => Promise<void> }) => Promise<void>} work
 */
export async function serve({ folder, command, parameters, data, env = {} }, work) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = spawn(command, parameters, {
    cwd: folder,
    env: { ...process.env, ...env, GALLEY_DATA: data, HOST: "127.0.0.1", PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let log = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => (log += text));
  }
  const exited = once(server, "exit");
  /** Waits until something holds, as long as the server runs. */
  const until = async (what, holds) => {
    for (const end = performance.now() + startLimit; !(await holds()); await sleep(100)) {
      if (server.exitCode !== null || server.signalCode !== null) throw new Error(`${command} ended before ${what}`);
      if (performance.now() > end) throw new Error(`${what}: not within ${startLimit} ms`);
    }
  };
  try {
    const began = performance.now();
    await until("/healthz answered", () => answers(origin));
    console.log(`/healthz answered after ${Math.round(performance.now() - began)} ms`);
    await work({ origin, said: (pattern) => until(`it said ${pattern}`, () => pattern.test(log)) });

    const asked = performance.now();
    server.kill("SIGTERM");
    const ended = await Promise.race([exited, sleep(stopLimit, undefined, { ref: false })]);
    if (ended === undefined) throw new Error(`still running ${stopLimit} ms after SIGTERM`);
    const [code, signal] = ended;
    if (code !== 0) throw new Error(`ended with ${code ?? signal} after SIGTERM instead of 0`);
    if (await answers(origin)) throw new Error("the command ended after SIGTERM and the server did not");
    console.log(`ended with 0, ${Math.round(performance.now() - asked)} ms after SIGTERM`);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nIts output:\n${log}`, { cause: error });
  } finally {
    try {
      if (server.pid !== undefined) process.kill(-server.pid, "SIGKILL");
    } catch {
      // The whole group has ended, as it should.
    }
  }
}

/** Asks for JSON. @throws Error when it is answered in another way than expected */
export async function ask(url, status) {
  const response = await fetch(url, { signal: AbortSignal.timeout(startLimit) });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  console.log(`${new URL(url).pathname} answered ${status} with ${text.length} characters`);
  return JSON.parse(text);
}

async function answers(origin) {
  try {
    return (await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
