import { isatty } from "node:tty";
import { type DestinationStream, pino, stdSerializers, stdTimeFunctions } from "pino";
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
  const settings = {
    level: options.level,
    base: options.fields ?? null,
    messageKey: "message",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { error: stdSerializers.err },
  };
  const careful = pino({ ...settings, redact }, stream);
  const plain = pino(settings, stream);
  const logOf = (fields: LogFields): typeof plain => (mayHoldSecrets(fields) ? careful : plain);
  return {
    debug: (fields, message) => logOf(fields).debug(fields, message),
    info: (fields, message) => logOf(fields).info(fields, message),
    warn: (fields, message) => logOf(fields).warn(fields, message),
    error: (fields, message) => logOf(fields).error(fields, message),
    flush() {
      try {
        output.flushSync?.();
      } catch {
        // The stream isn't open yet or is closed already: there is nothing to write or nowhere to write it.
      }
    },
  };
}

/** Looking for secrets costs more than writing the line; the line of a request, a few words and numbers, can hold none. */
function mayHoldSecrets(fields: LogFields): boolean {
  for (const name in fields) {
    const value = fields[name];
    if ((typeof value === "object" && value !== null) || secrets.includes(name)) return true;
  }
  return false;
}
