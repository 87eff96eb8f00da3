import { relative, resolve } from "node:path";
import { Command } from "commander";
import { openMigrations, type OpenMigrations, readConfiguration, readEnvironmentFile } from "../server/index.ts";
import { messageOf } from "./message-of.ts";

/** Options that name what would lose something, each as often as needed. */
interface Named {
  readonly rename?: string[];
  readonly drop?: string[];
  readonly narrow?: string[];
  readonly backfill?: string[];
}

type AppliedFile = Awaited<ReturnType<OpenMigrations["apply"]>>[number];

/** What a command answers: whether everything was as it should be. */
type Work = (migrations: OpenMigrations, say: (line: string) => void) => Promise<boolean>;

/** `galley migrate`: the commands about the schema of the database. */
export async function migrate(argv: readonly string[]): Promise<void> {
  await createMigrateProgram().parseAsync([...argv], { from: "user" });
}

/** The commands of `galley migrate` with their arguments and options. `npm run docs` writes the reference from it. */
export function createMigrateProgram(): Command {
  const program = new Command("galley migrate");
  program.description("Bring the database to the definition by files that are read before they are run.");
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("-f, --file <file>", "the module whose default export is the backend", "backend.ts");

  naming(command("plan", "Show the file that new would write.")).action((options: Named & { file: string }) =>
    run(options.file, async (migrations, say) => {
      const { drafts, refused, left } = await migrations.plan(options);
      for (const line of refused) say(line);
      // What is there already is for files; without any, only what is to come is of interest.
      const some = migrations.files().length === 0 ? drafts.filter(({ of }) => of === "future") : drafts;
      if (some.length > 0) say(some.map(({ text }) => text.trimEnd()).join("\n\n"));
      else if (refused.length === 0) say("The database is where the definition wants it.");
      for (const line of left) say(`-- ${line}`);
      return refused.length === 0;
    }),
  );

  naming(command("new", "Write what the database needs for the definition as a file."))
    .argument("[name]", "what the file is called behind its time: add_rating")
    .action((name: string | undefined, options: Named & { file: string }) =>
      run(options.file, async (migrations, say) => {
        const { files, left } = await migrations.write(name, options);
        for (const file of files) say(`Written: ${relative(".", resolve(migrations.folder, file))}`);
        if (files.length === 0) say("The database is where the definition wants it; there is nothing to write.");
        for (const line of left) say(line);
        return true;
      }),
    );

  command("apply", "Apply the files that are pending.")
    .option("--dry-run", "apply them to a copy of the database, and throw it away")
    .action((options: { file: string; dryRun?: boolean }) =>
      run(options.file, async (migrations, say) => {
        if (options.dryRun !== true) return told(await migrations.apply(), say);
        const { applied, differences } = await migrations.rehearse();
        told(applied, say);
        for (const line of differences) say(line);
        say("That was a copy; the database is as it was.");
        return differences.length === 0;
      }),
    );

  command("status", "List the files and what became of them.").action((options: { file: string }) =>
    run(options.file, async (migrations, say) => {
      const files = await migrations.status();
      for (const { name, state, at } of files) say(`${state.padEnd(10)} ${(at ?? "").padEnd(24)} ${name}`);
      if (files.length === 0) say(`There are no files in ${relative(".", migrations.folder)}.`);
      return true;
    }),
  );

  command("check", "Exit with 1 where files, database and definition differ.").action((options: { file: string }) =>
    run(options.file, async (migrations, say) => {
      const lines = await migrations.check();
      for (const line of lines) say(line);
      if (lines.length === 0) say("Files, database and definition agree.");
      return lines.length === 0;
    }),
  );

  return program;
}

function naming(command: Command): Command {
  const gather = (value: string, before: string[] = []): string[] => [...before, value];
  return command
    .option("--rename <old=new>", "what has another name: films.title=name, films=movies", gather)
    .option("--drop <place>", "what may go with its data: films.rating, films", gather)
    .option(
      "--narrow <place=sql>",
      `what values of another type become: 'films.stock=CAST("stock" AS INTEGER)'`,
      gather,
    )
    .option("--backfill <place=sql>", "what records get that have no value: films.rating=0", gather);
}

function told(applied: readonly AppliedFile[], say: (line: string) => void): boolean {
  for (const { name, outcome } of applied)
    say(outcome === "run" ? `Applied: ${name}` : `Noted: ${name}. The database was there already.`);
  if (applied.length === 0) say("No file is pending.");
  return true;
}

/** Runs a command on the migrations of a definition. What keeps it from running is one message, and exit code 1. */
async function run(file: string, work: Work): Promise<void> {
  let failed = false;
  try {
    const configuration = readConfiguration(process.env, { file: readEnvironmentFile(".env") });
    const migrations = await openMigrations(resolve(file), configuration.database);
    try {
      failed = !(await work(migrations, (line) => process.stdout.write(`${line}\n`)));
    } finally {
      await migrations.close();
    }
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    failed = true;
  }
  if (failed) process.exitCode = 1;
}
