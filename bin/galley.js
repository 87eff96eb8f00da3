#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read: it finds the version that Galley needs, or says what is missing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as module from "node:module";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const needed = [24, 9];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  if (existsSync(fileURLToPath(import.meta.resolve("galley/cli")))) {
    rememberCompiled();
    const { main } = await import("galley/cli");
    await main(process.argv);
  } else {
    process.stderr.write(
      "Galley is not built here: run npm run build, or node --conditions=galley-source bin/galley.js.\n",
    );
    process.exitCode = 1;
  }
} else {
  const pinned = pinnedNode();
  if (pinned === undefined) {
    process.stderr.write(
      `Galley needs Node.js ${needed.join(".")} or newer, and this is ${process.versions.node}. Run it with npm (npm start), or install a newer Node.js.\n`,
    );
    process.exitCode = 1;
  } else {
    const child = spawn(pinned, [...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    // As shells have it, who was ended by a signal ends with 128 and its number.
    child.on("exit", (code, signal) => {
      process.exitCode = code ?? (signal === null ? 1 : 128 + constants.signals[signal]);
    });
    child.on("error", (error) => {
      process.stderr.write(`The Node.js of Galley can't be started: ${error.message}\n`);
      process.exitCode = 1;
    });
  }
}

/**
 * Has Node.js keep what it compiles, from one start to the next: a quarter of the time that a start takes. In the folder where npm's tools
 * keep such things, which belongs to who installed Galley: what anybody may write to is nothing to run code from.
 */
function rememberCompiled() {
  const own = fileURLToPath(new URL("..", import.meta.url));
  const packages = basename(dirname(own)) === "node_modules" ? dirname(own) : join(own, "node_modules");
  if (process.env.NODE_COMPILE_CACHE !== undefined || !existsSync(packages)) return;
  // Where it can't be written, nothing is kept.
  const { directory } = module.enableCompileCache(join(packages, ".cache", "galley"));
  // Threads, and other processes of Galley's, find it by this.
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE = join(packages, ".cache", "galley");
}

/** The Node.js that was installed beside Galley as an optional dependency, for machines whose own is older. */
function pinnedNode() {
  const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  for (const name of [`node-${platform}`, `node-bin-${platform}`]) {
    try {
      const folder = dirname(module.createRequire(import.meta.url).resolve(`${name}/package.json`));
      const file = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
      if (existsSync(file)) return file;
    } catch {
      // Not installed on this platform; the next name, or the message above.
    }
  }
  return undefined;
}
