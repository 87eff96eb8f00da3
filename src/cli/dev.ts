import cluster, { type Worker } from "node:cluster";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleUrl } from "../kit/module-url.ts";
import { checkPort, type Configuration, readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { checkTypes } from "./check-types.ts";
import type { Begin, Told } from "./dev-version.ts";
import { messageOf } from "./message-of.ts";
import { watchSources } from "./watch-sources.ts";

/**
 * `galley dev`: serves a backend, and each change of it. A version is a process of its own; this one keeps the port open. The next version waits with everything loaded but the application. It takes over
 * when it answers; until then, and where it doesn't, the last good one goes on.
 */
export async function dev(file: string, options: { readonly port?: string }): Promise<void> {
  await refuseTakenPort(options.port);
  // All versions listen on one socket, which stays open. Handed out by this process, a connection could be on its way to a version
  // that ends.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: fileURLToPath(moduleUrl("dev-version", import.meta.url)),
    args: [resolve(file), ...(options.port === undefined ? [] : [options.port])],
  });
  const folder = dirname(resolve(file));
  const sources = watchSources(folder, resolve(process.env["GALLEY_DATA"] ?? "data"), change);
  const types = checkTypes(folder, say);
  let waiting: Worker | undefined;
  let coming: Worker | undefined;
  let serving: Worker | undefined;
  let since = performance.now();
  let again = false;
  let ending = false;

  function fork(): Worker {
    const version = cluster.fork({ GALLEY_THREADS: "1", GALLEY_MIGRATE: "safe" });
    version.on("message", (told: Told) => {
      if ("loaded" in told) sources.follow(told.loaded);
      else takeOver(version);
    });
    version.once("exit", (code) => ended(version, code));
    return version;
  }

  function begin(): void {
    coming = waiting ?? fork();
    waiting = undefined;
    again = false;
    coming.send({ succeeds: serving !== undefined } satisfies Begin);
  }

  function change(): void {
    // Files may change again while a version starts; one more serves all changes since.
    if (coming !== undefined) {
      again = true;
      return;
    }
    since = performance.now();
    begin();
  }

  function takeOver(version: Worker): void {
    const before = serving;
    serving = version;
    coming = undefined;
    if (ending) return;
    before?.process.kill("SIGTERM");
    if (before !== undefined) say(`Serving the change after ${Math.round(performance.now() - since)} ms.\n`);
    next();
  }

  function ended(version: Worker, code: number): void {
    if (version === waiting) waiting = undefined;
    const failed = version === coming || (version === serving && code !== 0);
    if (version === coming) coming = undefined;
    if (version === serving) serving = undefined;
    if (ending) return leave();
    if (!failed) return;
    say(
      serving === undefined
        ? "Waiting for a change.\n"
        : "The version before this change goes on. Waiting for a change.\n",
    );
    next();
  }

  /** Makes the next version ready to begin, and has it begin where something has changed already. */
  function next(): void {
    waiting ??= fork();
    if (again) change();
    else types.check();
  }

  function leave(): void {
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  }

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      ending = true;
      types.end();
      for (const version of Object.values(cluster.workers ?? {}))
        version?.process.kill(version === waiting ? "SIGKILL" : signal);
      leave();
    });
  }
  begin();
}

/** Ends where another program listens on the port: a version would find that out when it has made an administrator already. */
async function refuseTakenPort(port: string | undefined): Promise<void> {
  let where: Pick<Configuration, "port" | "host">;
  try {
    const overrides = port === undefined ? {} : { PORT: port };
    where = readConfiguration(process.env, { file: readEnvironmentFile(".env"), overrides });
  } catch {
    // What is wrong with the configuration is said by the version that is started with it.
    return;
  }
  try {
    await checkPort(where.port, where.host);
  } catch (error) {
    say(`${messageOf(error)}\n`);
    process.exit(1);
  }
}

function say(text: string): void {
  process.stderr.write(text);
}
