import { isatty } from "node:tty";
import { type DestinationStream, pino, stdSerializers } from "pino";
import { createIsoTime } from "../kit/iso-time.ts";
import type { LogFields, Logger } from "../kit/logger.ts";
import { formatLogLine } from "./log-line.ts";
import { createLogOutput } from "./log-output.ts";
import type { LogLevel } from "./settings.ts";

/** A log with an end. */
export interface ServerLogger extends Logger {
  /** Writes out what is still in memory, before the process or the thread ends. */
  flush(): void;
}

const standardOutput = 1;
const secrets = ["authorization", "cookie", "set-cookie", "password", "token", "secret"];

/** Secrets by their names, up to two objects deep: requests and headers are logged as fields, not as lines. */
const redact = {
  paths: secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
  censor: "[redacted]",
};

/**
 * The log: one JSON object per line on standard output, or short lines when that is a terminal. Lines are handed to the
 * system asynchronously, so that a reader that is slow never stops a request.
 *
 * @param options.fields what every line carries, such as the thread's number
 * @param options.output where lines go instead of standard output
 * @param options.terminal whether a person reads the output
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly fields?: LogFields;
  readonly output?: DestinationStream & { flushSync?(): void };
  readonly terminal?: boolean;
}): ServerLogger {
  const { output = createLogOutput(standardOutput), terminal = isatty(standardOutput) } = options;
  const color = process.env["NO_COLOR"] === undefined;
  const stream = terminal ? { write: (line: string) => output.write(formatLogLine(line, color)) } : output;
  const isoTime = createIsoTime();
  const log = pino(
    {
      level: options.level,
      base: options.fields ?? null,
      messageKey: "message",
      timestamp: () => `,"time":"${isoTime(Date.now())}"`,
      formatters: { level: (level: string) => ({ level }) },
      serializers: { error: stdSerializers.err },
      redact,
    },
    stream,
  );
  const base = options.fields === undefined ? "" : `,${JSON.stringify(options.fields).slice(1, -1)}`;

  /** Looking for secrets costs more than writing the line; the line of a request, a few words and numbers, can hold none. */
  function write(level: Level, fields: LogFields, message: string): void {
    if (!log.isLevelEnabled(level)) return;
    if (mayHoldSecrets(fields)) return log[level](fields, message);
    const text = JSON.stringify(fields).slice(1, -1);
    const head = `{"level":"${level}","time":"${isoTime(Date.now())}"${base}`;
    stream.write(`${head}${text === "" ? "" : ","}${text},"message":${JSON.stringify(message)}}\n`);
  }

  return {
    debug: (fields, message) => write("debug", fields, message),
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
    error: (fields, message) => write("error", fields, message),
    flush() {
      try {
        output.flushSync?.();
      } catch {
        // The stream isn't open yet or is closed already: there is nothing to write or nowhere to write it.
      }
    },
  };
}

type Level = "debug" | "info" | "warn" | "error";

/** Whether a line needs care: only values of a few words and numbers, under other names than those of secrets and its own, need none. */
function mayHoldSecrets(fields: LogFields): boolean {
  for (const name in fields) {
    const value = fields[name];
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!plain || name === "message" || secrets.includes(name)) return true;
  }
  return false;
}
