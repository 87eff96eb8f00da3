import { readFileSync } from "node:fs";
import { readPassphrase as judge } from "../server/settings.ts";

/**
 * The passphrase of a file, whose last line may be ended; the configured one where no file is named. There is no option that takes
 * it: every user of the machine sees what a program was called with.
 */
export function readPassphrase(file: string | undefined, configured: string | undefined): string | undefined {
  if (file === undefined) return configured;
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`The passphrase file ${file} can't be read (${code}).`, { cause: error });
  }
  const reading = judge(text);
  if ("must" in reading) throw new Error(`The passphrase in ${file} must ${reading.must}.`);
  return reading.value;
}
