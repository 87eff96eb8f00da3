import { messageOf } from "./message-of.ts";

/**
 * Runs a command that answers with text, and ends: whatever else the application's modules have begun is not waited for. What
 * keeps it from being done is one message, and exit code 1.
 */
export async function print(work: () => Promise<string>): Promise<void> {
  // Whoever reads may have seen enough, as head does.
  process.stdout.on("error", () => process.exit(0));
  try {
    const text = await work();
    process.stdout.write(`${text}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1));
  }
}
