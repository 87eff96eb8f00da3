import type { Model } from "../../schema/model.ts";
import { compareSchemas } from "./compare-schemas.ts";
import { diffSchemas } from "./diff-schemas.ts";
import { type IntentOptions, intentOf } from "./intent.ts";
import type { MigrationFile } from "./migration-file.ts";
import { nameMigration, readMigrations, saveMigration } from "./migration-folder.ts";
import type { AppliedMigration, Look, Migrator, Outcome } from "./migrator.ts";
import { type Plan, planMigration } from "./plan-migration.ts";
import { hashOf } from "./schema.ts";
import { wordsOfStep } from "./step.ts";

/** What the migrations of a definition are about. */
export interface MigrationsParts {
  readonly migrator: Migrator;
  readonly model: Model;
  /** Where the files are; it need not be there. */
  readonly folder: string;
  readonly clock: { now(): number };
}

/** A file as `status` shows it. */
export interface FileStatus {
  readonly name: string;
  readonly state: "applied" | "pending" | "unfinished" | "changed" | "gone" | "late";
  /** When it was applied, RFC 3339 in UTC. */
  readonly at: string | undefined;
}

/** What became of a file. */
export interface AppliedFile {
  readonly name: string;
  readonly outcome: Outcome;
}

/** What was written. */
export interface Written {
  readonly files: readonly string[];
  readonly left: readonly string[];
}

/** The files of a definition, the database, and the way between them. */
export interface Migrations {
  /** The files for this kind of database, in their order. */
  files(): MigrationFile[];
  /** What `write` would write. */
  plan(options: IntentOptions): Promise<Plan>;
  /**
   * Writes what is to be done as a file, and what the database has beyond the files as another before it.
   *
   * @throws Error with a line for each thing that must be named
   */
  write(name: string | undefined, options: IntentOptions): Promise<Written>;
  /** Applies what is pending, one file after another. */
  apply(): Promise<AppliedFile[]>;
  /** Applies what is pending to a copy, and says how that differs from the definition then. */
  rehearse(): Promise<{ readonly applied: readonly AppliedFile[]; readonly differences: readonly string[] }>;
  status(): Promise<FileStatus[]>;
  /** What keeps the definition from being served on the database. */
  obstacles(): Promise<string[]>;
  /** Everything in which files, database and definition differ. */
  check(): Promise<string[]>;
}

/** Puts the migrations of a definition together. */
export function createMigrations({ migrator, model, folder, clock }: MigrationsParts): Migrations {
  const wanted = migrator.wanted(model);
  const files = (): MigrationFile[] => readMigrations(folder, migrator.engine);

  /** What a new file begins with: where the last one ends. */
  async function start(): Promise<{ readonly look: Look; readonly all: readonly MigrationFile[] }> {
    const [all, look] = [files(), await migrator.look()];
    const open = statusOf(all, look.applied).filter(({ state }) => state !== "applied" && state !== "changed");
    if (open.length > 0) {
      throw new Error(
        `This database and the files must agree first: ${open.map(({ name, state }) => `${name} is ${state}`).join(", ")}. See galley migrate status.`,
      );
    }
    return { look, all };
  }

  return {
    files,
    async plan(options) {
      const { look } = await start();
      return planMigration({ migrator, look, wanted, options });
    },
    async write(name, options) {
      const { look, all } = await start();
      const { drafts, refused, left } = await planMigration({ migrator, look, wanted, options });
      if (refused.length > 0) throw new Error(refused.join("\n"));
      const past = look.applied.length === 0 ? "baseline" : "meanwhile";
      const written: string[] = [];
      for (const { of, text } of drafts) {
        const own = of === "future" ? "changes" : past;
        const file = nameMigration(
          drafts.length > 1 && of === "past" ? past : (name ?? own),
          written.at(-1) ?? all.at(-1)?.name,
          clock.now(),
        );
        saveMigration(folder, file, text);
        written.push(file);
      }
      return { files: written, left };
    },
    apply: () => applyAll(migrator, files()),
    rehearse: () =>
      migrator.rehearse(async (copy) => {
        const applied = await applyAll(copy, files());
        return { applied, differences: definitionLines(copy, model, await copy.look()) };
      }),
    async status() {
      const { applied } = await migrator.look();
      return statusOf(files(), applied);
    },
    async obstacles() {
      const look = await migrator.look();
      const lines = statusOf(files(), look.applied).flatMap(({ name, state }) =>
        isOpen(state) || state === "late" ? problems[state](name) : [],
      );
      return lines.length > 0 ? lines : definitionLines(migrator, model, look);
    },
    async check() {
      const [all, look] = [files(), await migrator.look()];
      const lines = statusOf(all, look.applied).flatMap(({ name, state }) => problems[state](name));
      const last = look.applied.at(-1);
      if (last !== undefined && hashOf(look.schema) !== hashOf(last.schema)) {
        const [database, left] = [
          { name: "the database", schema: look.schema },
          { name: "the files", schema: last.schema },
        ];
        lines.push(...compareSchemas(database, left));
      }
      // While something is pending, that the definition is ahead is no news.
      return lines.length > 0 ? lines : definitionLines(migrator, model, look);
    },
  };
}

const problems: Readonly<Record<FileStatus["state"], (name: string) => string[]>> = {
  applied: () => [],
  pending: (name) => [`${name} is pending: galley migrate apply.`],
  unfinished: (name) => [`${name} is applied but for what comes after its transaction: galley migrate apply.`],
  changed: (name) => [
    `${name} was changed after it was applied: put it back, and write what is new into another file.`,
  ],
  gone: (name) => [`${name} was applied and is no longer in the folder.`],
  late: (name) => [
    `${name} comes before a file that is applied already: give it a later time, so that every database takes them in one order.`,
  ],
};

/** The states of files, those that only the database knows of among them. */
function statusOf(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): FileStatus[] {
  const last = applied.at(-1)?.name ?? "";
  const known = new Map(applied.map((one) => [one.name, one]));
  const own = files.map(({ name, checksum }): FileStatus => {
    const one = known.get(name);
    if (one === undefined) return { name, state: name < last ? "late" : "pending", at: undefined };
    return { name, state: !one.done ? "unfinished" : one.checksum === checksum ? "applied" : "changed", at: one.at };
  });
  const gone = applied
    .filter(({ name }) => !files.some((file) => file.name === name))
    .map(({ name, at }): FileStatus => ({ name, state: "gone", at }));
  return [...own, ...gone].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function isOpen(state: FileStatus["state"]): boolean {
  return state === "pending" || state === "unfinished";
}

async function applyAll(migrator: Migrator, files: readonly MigrationFile[]): Promise<AppliedFile[]> {
  const { applied } = await migrator.look();
  const states = statusOf(files, applied);
  const wrong = states.flatMap(({ name, state }) => (state === "late" ? problems[state](name) : []));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const open = new Set(states.filter(({ state }) => isOpen(state)).map(({ name }) => name));
  const done: AppliedFile[] = [];
  for (const file of files) {
    if (open.has(file.name)) done.push({ name: file.name, outcome: await migrator.apply(file) });
  }
  return done;
}

/** What would still have to be done for the definition. */
export function definitionLines(migrator: Migrator, model: Model, { schema }: Look): string[] {
  const wanted = migrator.wanted(model);
  const { steps, after } = diffSchemas(schema, wanted, intentOf(wanted), migrator.conversions);
  if (steps.length === 0) return [];
  const lines = compareSchemas({ name: "the database", schema }, { name: "the definition", schema: after });
  // What has another name only is the same to look at.
  return lines.length > 0 ? lines : steps.map((step) => `Is still to be done: ${wordsOfStep(step)}.`);
}
