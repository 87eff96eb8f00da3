#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read: it finds the version that Galley needs, or says what is missing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const needed = [24, 9];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  if (existsSync(fileURLToPath(import.meta.resolve("galley/cli")))) {
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

/** The Node.js that was installed beside Galley as an optional dependency, for machines whose own is older. */
function pinnedNode() {
  const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  for (const name of [`node-${platform}`, `node-bin-${platform}`]) {
    try {
      const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
      const file = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
      if (existsSync(file)) return file;
    } catch {
      // Not installed on this platform; the next name, or the message above.
    }
  }
  return undefined;
}
