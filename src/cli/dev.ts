import { type ChildProcess, spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import { watchSources } from "./watch-sources.ts";

/** `galley dev`: serves in a process of its own, and starts it again when a file beside the definition changes. */
export function dev(file: string, options: { readonly port?: string }): void {
  const script = process.argv[1] ?? "";
  const port = options.port === undefined ? [] : ["--port", options.port];
  const command = [...process.execArgv, script, "start", file, ...port];
  let child: ChildProcess | undefined;
  let restarting = false;
  let ending = false;

  function run(): void {
    const started = spawn(process.execPath, command, {
      stdio: "inherit",
      env: { GALLEY_THREADS: "1", ...process.env, GALLEY_MIGRATE: "safe" },
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

  watchSources(dirname(resolve(file)), resolve(process.env["GALLEY_DATA"] ?? "data"), restart);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      ending = true;
      if (child === undefined) process.exit(0);
      child.kill(signal);
    });
  }
  run();
}
