import { Command } from "commander";
import type { BackupOptions } from "./backup.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { ExportFlags } from "./export.ts";
import type { ImportFlags } from "./import.ts";
import type { MoveUrls } from "./run-move.ts";
import type { RestoreOptions } from "./restore.ts";
import type { StartOptions } from "./start.ts";
import { version } from "./version.ts";

/**
 * The command line. Each command loads what it needs when it is asked for: `galley --help` needs nothing of a server.
 *
 * @param argv as Node gives it: the program, the script, and what the user typed
 */
export async function main(argv: readonly string[]): Promise<void> {
  await createProgram().parseAsync([...argv]);
}

/** Every command with its arguments and options. `npm run docs` writes the reference from it. */
export function createProgram(): Command {
  const program = new Command("galley");
  program.description("The whole backend of an application from one typed TypeScript definition.").version(version);
  program
    .command("start")
    .description("Serve a backend.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .option("-p, --port <port>", "the port to listen on; PORT in the environment")
    .action(async (file: string, options: StartOptions) => (await import("./start.ts")).start(file, options));
  program
    .command("dev")
    .description("Serve a backend and start it again when its files change.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .option("-p, --port <port>", "the port to listen on; PORT in the environment")
    .action(async (file: string, options: StartOptions) => (await import("./dev.ts")).dev(file, options));
  program
    .command("migrate")
    .description("Bring the database to the definition by files: plan, new, apply, status, check.")
    .helpOption(false)
    .allowUnknownOption()
    .argument("[arguments...]")
    .action(async (_given: string[], _options: object, { args }: Command) =>
      (await import("./migrate.ts")).migrate(args),
    );
  program
    .command("access")
    .description("Print who may do what: nobody, somebody without roles, and each role.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .action(async (file: string) => (await import("./access.ts")).access(file));
  program
    .command("routes")
    .description("Print every route, the operation that it runs, and who may.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .action(async (file: string) => (await import("./routes.ts")).routes(file));
  program
    .command("console")
    .description("Open a shell with the records at hand, or run what is piped in.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .action(async (file: string) => (await import("./open-console.ts")).openConsole(file));
  program
    .command("move")
    .description("Move everything from one database to another: records, sessions and the change feed, verified.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .requiredOption("--from <url>", "the database to read, such as sqlite:./data/galley.db")
    .requiredOption("--to <url>", "the database to fill, such as postgres://user:password@host:5432/shop")
    .action(async (file: string, urls: MoveUrls) => (await import("./move.ts")).move(file, urls));
  program
    .command("backup")
    .description("Write all data into one file, also while a server runs.")
    .argument("[file]", "the file to write, or a folder; backups/ in the data folder unless told otherwise")
    .option("-f, --file <file>", "the module whose default export is the backend; PostgreSQL needs it", "backend.ts")
    .option("--encrypt", "refuse to write a backup that is not encrypted")
    .option("--passphrase-file <path>", "the file with the passphrase; else GALLEY_BACKUP_PASSPHRASE")
    .action(async (file: string | undefined, options: BackupOptions) =>
      (await import("./backup.ts")).backup(file, options),
    );
  program
    .command("restore")
    .description("Verify a backup, and put its data in place.")
    .argument("<file>", "the backup")
    .option("-f, --file <file>", "the module whose default export is the backend; PostgreSQL needs it", "backend.ts")
    .option("--verify", "only verify it")
    .option("--force", "put data aside that is there already")
    .option("--passphrase-file <path>", "the file with the passphrase; else GALLEY_BACKUP_PASSPHRASE")
    .action(async (file: string, options: RestoreOptions) => (await import("./restore.ts")).restore(file, options));
  program
    .command("doctor")
    .description("Look for what is wrong or soon will be, and say what to do.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .option("--json", "print the findings as JSON")
    .action(async (file: string, options: DoctorOptions) => (await import("./doctor.ts")).doctor(file, options));
  program
    .command("create")
    .description("Write a small application that works, with a test, into a new folder.")
    .argument("<name>", "the name of the application and of its folder")
    .option("--install", "run npm install in it")
    .action(async (name: string, options: { readonly install?: boolean }) =>
      (await import("./create.ts")).create(name, options),
    );
  program
    .command("test")
    .description("Run the tests of an application: node:test, on the Node.js that Galley runs on.")
    .argument("[files...]", "the files; all that are named like tests")
    .action(async (files: string[]) => (await import("./run-tests.ts")).runTests(files));
  const each = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  program
    .command("import")
    .description("Store the records of a file: CSV, JSON or NDJSON.")
    .argument("<collection>", "the collection that they become records of")
    .argument("<path>", "the file, also packed as .gz; - is standard input")
    .option("-f, --file <file>", "the module whose default export is the backend", "backend.ts")
    .option("--format <format>", "csv, json or ndjson, where the name of the file doesn't say it")
    .option("--delimiter <character>", "what stands between values of CSV; tab for tabs")
    .option("--map <field=column>", "which column a field is in; may be repeated", each, [])
    .option("--set <field=value>", "a value of every record; may be repeated", each, [])
    .option("--ignore-unknown", "leave out columns that are no fields")
    .option("--upsert <field>", "change the record with the same value of this unique field, where there is one")
    .option("--errors <path>", "write what is refused to a file, with the reasons")
    .option("--strict", "stop at the first record that is refused")
    .option("--dry-run", "check everything and store nothing")
    .option("--resume", "go on where an import of this file was stopped")
    .option("--restart", "begin again although one was stopped")
    .action(async (collection: string, path: string, flags: ImportFlags) =>
      (await import("./import.ts")).importFile(collection, path, flags),
    );
  program
    .command("export")
    .description("Write the records of a collection to a file: CSV, JSON or NDJSON.")
    .argument("<collection>", "the collection")
    .argument("[path]", "the file, packed if it ends with .gz; - is standard output", "-")
    .option("-f, --file <file>", "the module whose default export is the backend", "backend.ts")
    .option("--format <format>", "csv, json or ndjson, where the name of the file doesn't say it")
    .option("--delimiter <character>", "what stands between values of CSV; tab for tabs")
    .option("--where <condition>", "which records: year[gte]=1950&genre=Drama, or JSON")
    .option("--select <fields>", "names of fields, between commas")
    .option("--hidden", "with the fields that no client sees")
    .action(async (collection: string, path: string, flags: ExportFlags) =>
      (await import("./export.ts")).exportFile(collection, path, flags),
    );
  for (const command of program.commands)
    command.showHelpAfterError(
      `Usage: galley ${command.name()} ${command.usage()}; galley ${command.name()} --help says more.`,
    );
  return program;
}
