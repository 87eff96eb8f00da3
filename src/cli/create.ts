import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { messageOf } from "./message-of.ts";
import { writeApp } from "./write-app.ts";

/** Options of `galley create`. */
export interface CreateOptions {
  readonly install?: boolean;
}

/** `galley create`: a small application that works, and what to do next. */
export async function create(name: string, { install = false }: CreateOptions): Promise<void> {
  try {
    await writeApp(resolve("."), name);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`\n  ${name} is there: backend.ts, a test of it, and a README.\n\n`);
  const installed = install && (await npmInstall(resolve(name)));
  if (install && !installed) process.exitCode = 1;
  const steps = [
    `cd ${name}`,
    ...(installed ? [] : ["npm install"]),
    "npm run dev     # serves it at http://127.0.0.1:3000, and each change of it",
    "npm test        # the whole application, in the process of the test",
  ];
  process.stdout.write(`\n  Next:\n\n${steps.map((step) => `    ${step}`).join("\n")}\n\n`);
}

/** Installs what an application needs. @returns whether npm could */
function npmInstall(folder: string): Promise<boolean> {
  return new Promise((settle) => {
    // On Windows npm is a script, which only a shell runs.
    const npm = spawn("npm", ["install"], { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
    npm.once("error", (error) => {
      process.stderr.write(`npm can't be started: ${error.message}\n`);
      settle(false);
    });
    npm.once("exit", (code) => settle(code === 0));
  });
}
