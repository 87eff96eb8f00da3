import { resolve } from "node:path";
import { assemble } from "../operations/assemble.ts";
import { readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { loadBackend } from "../server/load-backend.ts";
import { messageOf } from "./message-of.ts";
import { openExisting } from "./open-existing.ts";
import { type ExportOptions, runExport } from "./run-export.ts";
import { whereOf } from "./where-of.ts";

/** Options of the command line. */
export interface ExportFlags extends ExportOptions {
  readonly file: string;
}

/** `galley export`: writes the records of a collection to a file, or to standard output. */
export async function exportFile(collection: string, path: string, flags: ExportFlags): Promise<void> {
  const { stderr: stream, stdout: output } = process;
  // Whoever reads may have seen enough, as head does.
  output.on("error", () => process.exit(0));
  try {
    const configuration = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
    const assembly = assemble(await loadBackend(resolve(flags.file)));
    const engine = await openExisting(assembly, configuration);
    try {
      stream.write(`Exporting ${collection} of ${whereOf(configuration)}\n`);
      const count = await runExport({ model: assembly.model, engine }, collection, path, flags, { stream, output });
      stream.write(`${count.toLocaleString("en")} records${path === "-" ? "" : ` in ${path}`}.\n`);
    } finally {
      await engine.close();
    }
  } catch (error) {
    stream.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
  process.exit();
}
