import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "node:http";
import type { Ask } from "../works.ts";

/** A server in a process of its own. */
export interface StartedServer {
  readonly port: number;
  readonly pid: number;
  readonly startUp: number;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface ServerStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly folder: string;
  /** What it says when it is ready; its first group is the port, unless that is given. */
  readonly says: RegExp;
  readonly port?: number;
  /** Milliseconds that it may take. */
  readonly patience?: number;
}

/** Starts a server, and waits until it is ready. Its output goes to files, as that of a server does. */
export async function startServer(start: ServerStart): Promise<StartedServer> {
  const began = performance.now();
  const [output, errors] = ["stdout.log", "stderr.log"].map((name) => join(start.folder, name)) as [string, string];
  const files = [openSync(output, "w"), openSync(errors, "w")] as const;
  const child = spawn(start.command, start.args, {
    cwd: start.cwd ?? start.folder,
    // A group of its own: whatever it starts is measured with it, and ends with it.
    detached: true,
    stdio: ["ignore", ...files],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...start.env },
  });
  for (const file of files) closeSync(file);
  // Whatever ends this process ends the server: its group hears no signal of the terminal's.
  const end = (): void => killGroup(child);
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  const said = (): string => [output, errors].map((file) => readFileSync(file, "utf8")).join("\n");
  let over: string | undefined;
  child.once("error", (error) => (over = error.message));
  child.once("exit", (code) => (over = `it ended with ${String(code)}`));
  const until = began + (start.patience ?? 60_000);
  for (;;) {
    const match = start.says.exec(said());
    if (match !== null) {
      const port = start.port ?? Number(match[1]);
      return { port, pid: child.pid ?? 0, startUp: performance.now() - began, stop: () => stop(child) };
    }
    if (over !== undefined || performance.now() > until) {
      await stop(child);
      throw new Error(
        `${start.command} ${start.args.join(" ")}: ${over ?? "not ready in time"}\n${said().slice(-3000)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended =
    child.exitCode !== null || child.signalCode !== null
      ? undefined
      : new Promise((resolve) => child.once("exit", resolve));
  killGroup(child);
  await ended;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** What one request was answered. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly milliseconds: number;
}

/** Asks once, on a connection of its own. */
export function askOnce(port: number, { method, path, body, headers }: Ask): Promise<Answered> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      {
        port,
        method,
        path,
        host: "127.0.0.1",
        agent: false,
        headers: {
          ...headers,
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString("utf8"),
            milliseconds: performance.now() - began,
          }),
        );
        response.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.end(text);
  });
}
