import { inspect } from "node:util";
import type { LogFields, Logger } from "../kit/logger.ts";

/** A line of the log. */
export interface LogLine {
  readonly level: "warn" | "error";
  readonly fields: LogFields;
  readonly message: string;
}

/**
 * A log that keeps what went wrong, and prints errors as they come: an answer says `internal` and no more, and who reads a test
 * that fails wants the cause.
 */
export function createTestLog(): { readonly log: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (fields, message) => void lines.push({ level: "warn", fields, message }),
    error(fields, message) {
      lines.push({ level: "error", fields, message });
      process.stderr.write(`${message}: ${inspect(fields["error"] ?? fields)}\n`);
    },
  };
  return { log, lines };
}
