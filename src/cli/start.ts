import { resolve } from "node:path";
import { isatty } from "node:tty";
import {
  type Configuration,
  createLogger,
  readConfiguration,
  readEnvironmentFile,
  type RunningServer,
  type ServerLogger,
  startServer,
  type Succession,
} from "../server/index.ts";
import { messageOf } from "./message-of.ts";
import { version } from "./version.ts";
import { whereOf } from "./where-of.ts";

/** Signals closer together than this, in milliseconds, are one: npm passes on what the terminal has sent already. */
const sameSignal = 1000;
/** How long a start that was told to stop may still take, in milliseconds. */
const lastChance = 10_000;

/** Options of `galley start`. */
export interface StartOptions {
  readonly port?: string;
}

/** How a server is started that is a version of many: `galley dev` has one after the other. */
export interface VersionOptions extends Succession {
  /** Told where everything is, once it is there. */
  readonly onReady?: (banner: string) => void;
  /** Finds words for what keeps it from starting. */
  readonly explain?: (error: unknown) => string;
}

/** `galley start`: serves until it is told to stop. What keeps it from starting is one message, and exit code 1. */
export async function start(
  file: string,
  options: StartOptions,
  { onReady = say, explain = messageOf, ...succession }: VersionOptions = {},
): Promise<void> {
  const began = performance.now();
  // Whoever read what is said here may have gone, which is no reason to end.
  for (const stream of isatty(1) ? [process.stdout, process.stderr] : [process.stderr]) stream.on("error", () => {});
  // Told to stop while it starts, it starts first: the password that was made is shown, and what came in is answered.
  const stopped = signalToStop();
  let started = false;
  void stopped.then(() => setTimeout(() => started || process.exit(1), lastChance));
  let configuration: Configuration;
  let log: ServerLogger;
  let server: RunningServer;
  try {
    configuration = readConfiguration(process.env, {
      file: readEnvironmentFile(".env"),
      overrides: options.port === undefined ? {} : { PORT: options.port },
    });
    log = createLogger({ level: configuration.logLevel });
    server = await startServer(resolve(file), configuration, log, succession);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
  started = true;
  onReady(banner(server, configuration, performance.now() - began));

  let code = 0;
  const fail = (error: unknown, message: string): void => {
    code = 1;
    log.error({ error }, message);
    log.flush();
  };
  // What broke may have left anything behind: what is under way is answered, and whoever watches the process starts it anew.
  const broken = new Promise<void>((settle) => {
    process.on("uncaughtException", (error) => {
      fail(error, "An error that nobody caught ends the server");
      settle();
    });
  });
  const failed = server.failed.then((error) => fail(error, "A thread has ended by itself, and with it the server"));
  await Promise.race([stopped, broken, failed]);
  try {
    const cut = await server.close();
    if (cut > 0) say(`${cut} requests were cut off.\n`);
  } catch (error) {
    fail(error, "The server could not be stopped in order");
  }
  process.exit(code);
}

/** Settles with the first signal to stop. Whoever asks again doesn't want to wait. */
function signalToStop(): Promise<void> {
  return new Promise((settle) => {
    let since: number | undefined;
    const onSignal = (): void => {
      since ??= performance.now();
      if (performance.now() - since > sameSignal) process.exit(1);
      settle();
    };
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

/** Where everything is, for a person. Where output is not a terminal, standard output is for the log alone. */
export function say(text: string): void {
  (isatty(1) ? process.stdout : process.stderr).write(text);
}

function banner(server: RunningServer, configuration: Configuration, milliseconds: number): string {
  const host = configuration.host.includes(":") ? `[${configuration.host}]` : configuration.host;
  const origin = `http://${host}:${server.port}`;
  const { generated, seeded } = server.bootstrapped;
  const lines: [string, string][] = [
    ["API", `${origin}/api`],
    ["Reference", `${origin}/api/docs`],
    ["Guide", `${origin}/api/docs/guide`],
    ["OpenAPI", `${origin}/api/openapi.json`],
    ["Health", `${origin}/healthz   ${origin}/readyz   ${origin}/metrics`],
    ["Data", `${whereOf(configuration)}${seeded ? " (filled just now)" : ""}`],
  ];
  if (generated !== undefined) {
    lines.push(["Administrator", `${generated.email}, password ${generated.password} (shown this once)`]);
  }
  const threads = server.threads === 1 ? "1 thread" : `${server.threads} threads`;
  const head = `${server.name} on Galley ${version}, ready in ${Math.round(milliseconds)} ms with ${threads}`;
  return `\n  ${head}\n\n${lines.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join("\n")}\n\n`;
}
