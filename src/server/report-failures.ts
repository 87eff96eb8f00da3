import type { Logger } from "../kit/logger.ts";

/**
 * Logs promises that nobody awaited and that failed: application code left them behind, and the request they belong to has
 * been answered. They are no reason to end a server.
 */
export function reportFailures(log: Logger): void {
  process.on("unhandledRejection", (error) => {
    log.error({ error }, "A promise that was not awaited has failed");
  });
}
