import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../bin/galley.js", import.meta.url));
/** How long a start may take on a machine that does much else. */
const startTime = 60_000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A `galley` process. */
export interface GalleyProcess {
  readonly pid: number;
  /** Everything written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<Exit>;
  /** Settles once standard error matches. @throws Error when the process ends without it */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it for good; for the end of a test. */
  end(): Promise<void>;
}

/** A server that answers. */
export interface SpawnedServer extends GalleyProcess {
  readonly origin: string;
  readonly port: number;
  /** The generated one, where the start made an administrator. */
  readonly adminPassword: string | undefined;
  /** The milliseconds that the server says it took to be ready. */
  readonly readyAfter: number;
  /** SIGTERM, and how it ended. */
  stop(): Promise<Exit>;
  /** SIGKILL: the process has no chance to do anything. */
  kill9(): Promise<Exit>;
}

/** How a process is started. */
export interface SpawnOptions {
  /** What follows `galley` on the command line. */
  readonly args: readonly string[];
  readonly data: string;
  /** Settings beside PORT and GALLEY_DATA. */
  readonly env?: Readonly<Record<string, string>>;
  /** What runs `galley`; this very Node.js with `bin/galley.js` unless told otherwise. */
  readonly command?: readonly string[];
  /** The data folder unless told otherwise. */
  readonly cwd?: string;
  /** A file that standard output goes to. */
  readonly stdout?: number;
}

/** How `galley` is run by a Node.js. */
export function galleyBy(node: string): readonly string[] {
  return [node, "--conditions=galley-source", script];
}

/** Starts `galley`, with an environment of its own: no variable of whoever runs the tests reaches it. */
export function spawnGalley(options: SpawnOptions): GalleyProcess {
  const { PATH = "", HOME = "" } = process.env;
  const [program = "", ...before] = options.command ?? galleyBy(process.execPath);
  const child = spawn(program, [...before, ...options.args], {
    stdio: ["ignore", options.stdout ?? "pipe", "pipe"],
    cwd: options.cwd ?? options.data,
    env: { PATH, HOME, PORT: "0", GALLEY_DATA: options.data, ...options.env },
  });
  return watch(child);
}

/** Starts `galley start FILE` and waits until it says where it answers. */
export async function spawnServer(
  file: string | URL,
  data: string,
  env: Readonly<Record<string, string>> = {},
  cwd = data,
): Promise<SpawnedServer> {
  const path = typeof file === "string" ? file : fileURLToPath(file);
  return serverOf(spawnGalley({ args: ["start", path], data, env, cwd }));
}

/** Waits until a process says where it answers. */
export async function serverOf(started: GalleyProcess): Promise<SpawnedServer> {
  // The line of the data is the last but the password's, and all are written at once.
  const [, port = ""] = await started.said(/API\s+http:\/\/\S+:(\d+)\/api\n[^]*Data {2,}.*\n/);
  const banner = started.stderr();
  const { signal, exited } = started;
  return {
    ...started,
    origin: `http://127.0.0.1:${port}`,
    port: Number(port),
    adminPassword: /password (\S+) \(shown this once\)/.exec(banner)?.[1],
    readyAfter: Number(/ready in (\d+) ms/.exec(banner)?.[1]),
    stop() {
      signal("SIGTERM");
      return exited;
    },
    kill9() {
      signal("SIGKILL");
      return exited;
    },
  };
}

/** A Node.js on this machine that is older than Galley needs; undefined where there is none. */
export function findOlderNode(): string | undefined {
  const { PATH = "" } = process.env;
  return PATH.split(delimiter)
    .map((path) => join(path, "node"))
    .find((file) => {
      const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
      const major = Number(/^v(\d+)/.exec(stdout ?? "")?.[1]);
      return major >= 18 && major < 24;
    });
}

/** A folder that is there for the time of some work. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "galley-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

function watch(child: ChildProcess): GalleyProcess {
  let [stdout, stderr] = ["", ""];
  let over = false;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    tell();
  });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    // Not "exit": what was written last is still on its way then.
    child.once("close", (code, signal) => {
      over = true;
      tell();
      resolve({ code, signal });
    });
  });

  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(check);
          act();
        };
        const fail = (how: string): void =>
          reject(new Error(`The process ${how} and did not say ${pattern}. It said:\n${stderr}\n${stdout}`));
        const check = (): void => {
          const match = pattern.exec(stderr);
          if (match !== null) settle(() => resolve(match));
          else if (over) settle(() => fail("ended"));
        };
        const timer = setTimeout(() => settle(() => fail(`had ${startTime} ms`)), startTime);
        listeners.add(check);
        check();
      }),
    signal: (signal) => void child.kill(signal),
    async end() {
      if (!over) child.kill("SIGKILL");
      await exited;
    },
  };
}
