import { Command } from "commander";
import type { BackupOptions } from "./backup.ts";
import { dev } from "./dev.ts";
import type { MoveUrls } from "./run-move.ts";
import type { RestoreOptions } from "./restore.ts";
import { start } from "./start.ts";
import { version } from "./version.ts";

/**
 * The command line: `galley dev`, `galley start`.
 *
 * @param argv as Node gives it: the program, the script, and what the user typed
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("galley");
  program.description("The whole backend of an application from one typed TypeScript definition.").version(version);
  program
    .command("start")
    .description("Serve a backend.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .option("-p, --port <port>", "the port to listen on; PORT in the environment")
    .action((file: string, options: { readonly port?: string }) => start(file, options));
  program
    .command("dev")
    .description("Serve a backend and start it again when its files change.")
    .argument("[file]", "the module whose default export is the backend", "backend.ts")
    .option("-p, --port <port>", "the port to listen on; PORT in the environment")
    .action((file: string, options: { readonly port?: string }) => dev(file, options));
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
    .option("--encrypt", "refuse to write a backup that is not encrypted")
    .option("--passphrase-file <path>", "the file with the passphrase; else GALLEY_BACKUP_PASSPHRASE")
    .action(async (file: string | undefined, options: BackupOptions) =>
      (await import("./backup.ts")).backup(file, options),
    );
  program
    .command("restore")
    .description("Verify a backup, and put its data in place.")
    .argument("<file>", "the backup")
    .option("--verify", "only verify it")
    .option("--force", "put data aside that is there already")
    .option("--passphrase-file <path>", "the file with the passphrase; else GALLEY_BACKUP_PASSPHRASE")
    .action(async (file: string, options: RestoreOptions) => (await import("./restore.ts")).restore(file, options));
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
  await program.parseAsync([...argv]);
}
