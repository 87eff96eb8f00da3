import { type ExportOptions, runExport } from "./run-export.ts";
import { withDatabase } from "./with-database.ts";

/** Options of the command line. */
export interface ExportFlags extends ExportOptions {
  readonly file: string;
}

/** `galley export`: writes the records of a collection to a file, or to standard output. */
export async function exportFile(collection: string, path: string, flags: ExportFlags): Promise<void> {
  const { stderr: stream, stdout: output } = process;
  // Whoever reads may have seen enough, as head does.
  output.on("error", () => process.exit(0));
  await withDatabase(flags.file, async ({ where, ...parts }) => {
    stream.write(`Exporting ${collection} of ${where}\n`);
    const count = await runExport(parts, collection, path, flags, { stream, output });
    const records = count === 1 ? "1 record" : `${count.toLocaleString("en")} records`;
    stream.write(`${records}${path === "-" ? "" : ` in ${path}`}.\n`);
  });
}
