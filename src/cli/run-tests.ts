import { spawn } from "node:child_process";

/** `galley test`: Node's own test runner, on the Node.js that Galley runs on; the machine's own may be too old for it. */
export function runTests(files: readonly string[]): void {
  const runner = spawn(process.execPath, [...process.execArgv, "--test", ...files], { stdio: "inherit" });
  // Ctrl-C reaches the runner as well, which ends its tests; the code is the runner's.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
  runner.once("exit", (code) => process.exit(code ?? 1));
}
