import { resolve } from "node:path";
import { DifferentCopy } from "../database/move/move-database.ts";
import { messageOf } from "./message-of.ts";
import { moveTable } from "./move-report.ts";
import { type MoveUrls, runMove } from "./run-move.ts";

/** What a program ends with that a signal has ended, as shells have it. */
const interruptions = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** `galley move`: copies a whole database into another one. Ends with exit code 1 where the copy is not the same. */
export async function move(file: string, urls: MoveUrls): Promise<void> {
  for (const [signal, code] of Object.entries(interruptions)) {
    process.on(signal, () => {
      process.stderr.write("\nInterrupted. Run the same command again, and it goes on from here.\n");
      process.exit(code);
    });
  }
  try {
    const report = await runMove(resolve(file), urls, process.stderr);
    process.stdout.write(`${report}\n`, () => process.exit(0));
  } catch (error) {
    if (error instanceof DifferentCopy) process.stdout.write(`${moveTable(error.parts)}\n\n`);
    process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
  }
}
