import { fileURLToPath } from "node:url";
import { createLogger, readConfiguration, startServer } from "galley/server";
import { expect } from "vitest";

const workshop = fileURLToPath(new URL("../server/fixtures/workshop.ts", import.meta.url));

/** The line that `galley start` ends with when it can't use a server. */
export async function refusalOf(url: string): Promise<string> {
  const configuration = readConfiguration({ DATABASE_URL: url, PORT: "0", GALLEY_THREADS: "1" });
  const listening = process.listeners("unhandledRejection");
  const error: unknown = await startServer(workshop, configuration, createLogger({ level: "silent" })).then(
    async (server) => {
      await server.close();
      return new Error("It started.");
    },
    (thrown: unknown) => thrown,
  );
  // Each start listens for as long as its process lives.
  for (const listener of process.listeners("unhandledRejection")) {
    if (!listening.includes(listener)) process.off("unhandledRejection", listener);
  }
  // Of an error of another name the start shows the stack.
  expect(error).toMatchObject({ name: "Error", message: expect.not.stringContaining("\n") });
  return error instanceof Error ? error.message : "";
}
