/** What a log line carries beside its message: plain data. An `Error` under the name `error` is logged with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The port to the log. */
export interface Logger {
  /** What only someone who looks for a mistake wants to read. */
  debug(fields: LogFields, message: string): void;
  /** What happens in the normal course of things. */
  info(fields: LogFields, message: string): void;
  /** What went wrong and was dealt with, but somebody should know. */
  warn(fields: LogFields, message: string): void;
  /** What went wrong and is ours to mend. */
  error(fields: LogFields, message: string): void;
}

const ignore = (): void => {};

/** A log that keeps nothing; for tests and for code that was given no other. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
