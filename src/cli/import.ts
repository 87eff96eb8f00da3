import { type Imported, type ImportOptions, runImport } from "./run-import.ts";
import { withDatabase } from "./with-database.ts";

/** Options of the command line, where those that may be given several times are lists. */
export interface ImportFlags extends Omit<ImportOptions, "map" | "set"> {
  readonly file: string;
  readonly map: readonly string[];
  readonly set: readonly string[];
}

/** How programs end that Ctrl-C has stopped. */
const interrupted = 130;

/**
 * `galley import`: stores the records of a file. It ends with exit code 1 when a record was refused, and with 130 when it was
 * stopped; what was stored stays, and `--resume` goes on.
 */
export async function importFile(collection: string, path: string, flags: ImportFlags): Promise<void> {
  const { stderr: stream } = process;
  const stop = new AbortController();
  // A second one ends the process at once, which loses nothing either.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await withDatabase(flags.file, async ({ where, ...parts }) => {
    const options = { ...flags, map: readPairs(flags.map, "--map"), set: readPairs(flags.set, "--set") };
    stream.write(`Importing ${path === "-" ? "standard input" : path} into ${collection} of ${where}\n`);
    const imported = await runImport(parts, collection, path, options, { stream, signal: stop.signal });
    stream.write(`${summary(imported, flags)}\n`);
    const { whole, position } = imported;
    process.exitCode = stop.signal.aborted && !whole ? interrupted : position.refused > 0 ? 1 : 0;
  });
}

/** `field=column`, several of them between commas: a comma that no name and `=` follow belongs to a column. */
export function readPairs(given: readonly string[], option: string): ReadonlyMap<string, string> {
  const pairs = given.flatMap((text) => text.split(/,(?=[\w.]+=)/));
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`${option} ${pair}: write field=value, as in ${option} title=Title.`);
      return [pair.slice(0, at), pair.slice(at + 1).replace(/^"(.*)"$/, "$1")];
    }),
  );
}

function summary({ position, whole }: Imported, flags: ImportFlags): string {
  const { created, changed, refused, line } = position;
  const count = (number: number): string => number.toLocaleString("en");
  const refusals =
    refused === 0 ? "" : `, ${count(refused)} refused${flags.errors === undefined ? "" : ` (${flags.errors})`}`;
  const figures = `${count(created)} created, ${count(changed)} changed${refusals}`;
  if (flags.dryRun === true) return `Nothing was stored. It would be ${figures}.`;
  return whole ? `${figures}.` : `Stopped after line ${line}: ${figures}. --resume goes on.`;
}
