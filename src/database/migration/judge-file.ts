import { compareSchemas } from "./compare-schemas.ts";
import { type MigrationFile, outsideDirective } from "./migration-file.ts";
import type { Look } from "./migrator.ts";
import { emptySchema, hashOf } from "./schema.ts";

/** What is to be done with a file: its statements, those after its transaction alone, only a note of it, or nothing. */
export type Verdict = "run" | "resume" | "found" | "nothing";

/**
 * Decides about a file on a database. It was written for one schema: on another its statements could leave out what they don't
 * know of.
 *
 * @throws Error with a line for each difference, when the database is neither where the file begins nor where it ends; and when
 *   what was done of it is no longer what it says
 */
export function judgeFile(file: MigrationFile, { schema, applied }: Look): Verdict {
  const { name, before, after } = file;
  const known = applied.find((one) => one.name === name);
  if (known?.done === true) return "nothing";
  if (known !== undefined) {
    const [, beginning = file.beginning] = known.checksum.split(" ");
    if (beginning === file.beginning) return "resume";
    throw new Error(
      `${name} was changed in what is applied already: put that back. What comes after "${outsideDirective}" may be mended.`,
    );
  }
  const hash = hashOf(schema);
  if (before === undefined || before === hash) return "run";
  if (after === hash) return "found";
  const last = applied.at(-1)?.schema ?? emptySchema;
  if (hashOf(last) !== before) {
    throw new Error(
      `${name} was written for another schema than the one that the files before it leave. Remove it, and write it anew with galley migrate new.`,
    );
  }
  const lines = compareSchemas({ name: "the database", schema }, { name: "the files", schema: last });
  throw new Error(
    `${name} can't be applied: the database is not where the files before it have left it. Where galley dev has gone ahead on it, remove it, and let the files make it anew.\n${lines.map((line) => `  - ${line}`).join("\n")}`,
  );
}

/** A failed statement, told with its place. */
export function statementError(file: string, line: number, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`${file}, line ${line}: ${reason}`, { cause: error });
}
