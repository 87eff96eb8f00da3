/** What a program ends with that a signal has ended, as shells have it. */
const interruptions = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Has a signal end a command that may be called again. @param advice what to do then */
export function endWhenInterrupted(advice: string): void {
  for (const [signal, code] of Object.entries(interruptions)) {
    process.on(signal, () => {
      process.stderr.write(`\nInterrupted. ${advice}\n`);
      process.exit(code);
    });
  }
}
