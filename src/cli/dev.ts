import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import { dirname, resolve, sep } from "node:path";

/** Folders whose changes are not the application's. */
const ignored = new Set(["node_modules", "data", "dist", ".git"]);
/** Editors write a file in several steps; they are taken for one. */
const settle = 50;

/** `galley dev`: serves in a process of its own, and starts it again when a file beside the definition changes. */
export function dev(file: string, options: { readonly port?: string }): void {
  const script = process.argv[1] ?? "";
  const port = options.port === undefined ? [] : ["--port", options.port];
  const command = [...process.execArgv, script, "start", file, ...port];
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restarting = false;
  let ending = false;

  function run(): void {
    const started = spawn(process.execPath, command, {
      stdio: "inherit",
      env: { GALLEY_THREADS: "1", ...process.env },
    });
    child = started;
    restarting = false;
    started.on("exit", (code) => {
      child = undefined;
      if (ending) process.exit(0);
      // The port and the database are free now.
      if (restarting) return run();
      if (code !== 0 && code !== null) process.stderr.write("Waiting for a change.\n");
    });
  }

  function restart(): void {
    if (child === undefined) return run();
    // Files may change again while requests under way are answered; one start serves both changes.
    if (!restarting) child.kill("SIGTERM");
    restarting = true;
  }

  const folder = dirname(resolve(file));
  watch(folder, { recursive: true }, (_event, name) => {
    if (name === null || name.split(sep).some((part) => ignored.has(part) || part.startsWith("."))) return;
    clearTimeout(timer);
    timer = setTimeout(restart, settle);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      ending = true;
      if (child === undefined) process.exit(0);
      child.kill(signal);
    });
  }
  run();
}
