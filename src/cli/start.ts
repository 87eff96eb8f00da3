import { resolve } from "node:path";
import { isatty } from "node:tty";
import {
  type Configuration,
  createLogger,
  readConfiguration,
  readEnvironmentFile,
  type RunningServer,
  startServer,
} from "../server/index.ts";
import { version } from "./version.ts";

/** Options of `galley start`. */
export interface StartOptions {
  readonly port?: string;
}

/** `galley start`: serves until it is told to stop. What keeps it from starting is one message, and exit code 1. */
export async function start(file: string, options: StartOptions): Promise<void> {
  const began = performance.now();
  let configuration: Configuration;
  let server: RunningServer;
  try {
    configuration = readConfiguration(process.env, {
      file: readEnvironmentFile(".env"),
      overrides: options.port === undefined ? {} : { PORT: options.port },
    });
    const log = createLogger({ level: configuration.logLevel });
    server = await startServer(resolve(file), configuration, log);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  }
  say(banner(server, configuration, performance.now() - began));

  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    // Whoever asks twice doesn't want to wait.
    if (stopping) process.exit(code);
    stopping = true;
    const cut = await server.close();
    if (cut > 0) say(`${cut} requests were cut off.\n`);
    process.exit(code);
  };
  process.on("SIGTERM", () => void stop(0));
  process.on("SIGINT", () => void stop(0));
  const error = await server.failed;
  process.stderr.write(`${error.stack ?? error.message}\n`);
  await stop(1);
}

/** Where everything is, for a person. Where output is not a terminal, standard output is for the log alone. */
function say(text: string): void {
  (isatty(1) ? process.stdout : process.stderr).write(text);
}

function banner(server: RunningServer, configuration: Configuration, milliseconds: number): string {
  const host = configuration.host.includes(":") ? `[${configuration.host}]` : configuration.host;
  const origin = `http://${host}:${server.port}`;
  const { generated, seeded } = server.bootstrapped;
  const lines: [string, string][] = [
    ["API", `${origin}/api`],
    ["Reference", `${origin}/api/docs`],
    ["OpenAPI", `${origin}/api/openapi.json`],
    ["Health", `${origin}/healthz   ${origin}/readyz   ${origin}/metrics`],
    ["Data", `${configuration.database.file}${seeded ? " (filled just now)" : ""}`],
  ];
  if (generated !== undefined) {
    lines.push(["Administrator", `${generated.email}, password ${generated.password} (shown this once)`]);
  }
  const threads = server.threads === 1 ? "1 thread" : `${server.threads} threads`;
  const head = `${server.name} on Galley ${version}, ready in ${Math.round(milliseconds)} ms with ${threads}`;
  return `\n  ${head}\n\n${lines.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join("\n")}\n\n`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE")
    return `${error.message}: another program listens on this port. Set PORT to a free one.`;
  if ("code" in error && error.code === "EACCES")
    return `${error.message}: this port or file can't be used by this user.`;
  // A mistake in the application's own module is found by its place.
  const own = error.name === "Error" || error.name === "DefinitionError" || error.name === "ConfigurationError";
  return own ? error.message : (error.stack ?? error.message);
}
