import { resolve } from "node:path";
import { DifferentCopy } from "../database/move/move-database.ts";
import { endWhenInterrupted } from "./end-when-interrupted.ts";
import { messageOf } from "./message-of.ts";
import { moveTable } from "./move-report.ts";
import { type MoveUrls, runMove } from "./run-move.ts";

/** `galley move`: copies a whole database into another one. Ends with exit code 1 where the copy is not the same. */
export async function move(file: string, urls: MoveUrls): Promise<void> {
  endWhenInterrupted("Run the same command again, and it goes on from here.");
  try {
    const report = await runMove(resolve(file), urls, process.stderr);
    process.stdout.write(`${report}\n`, () => process.exit(0));
  } catch (error) {
    if (error instanceof DifferentCopy) process.stdout.write(`${moveTable(error.parts)}\n\n`);
    process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
  }
}
