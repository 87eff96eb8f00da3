import type { Model } from "../../schema/model.ts";
import type { Chapter } from "./chapter.ts";
import type { Conversions } from "./diff-columns.ts";
import type { EngineName, MigrationFile } from "./migration-file.ts";
import type { Schema, WantedSchema } from "./schema.ts";
import type { Needs, Step } from "./step.ts";

/** A file that a database has been given. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** RFC 3339 in UTC. */
  readonly at: string;
  /** Whether what comes after its transaction has been done, too. */
  readonly done: boolean;
  /** What was there afterwards. */
  readonly schema: Schema;
}

/** What a database says of itself. */
export interface Look {
  readonly schema: Schema;
  /** Names of tables and views that Galley has not made. */
  readonly foreign: readonly string[];
  /** In the order in which they were applied. */
  readonly applied: readonly AppliedMigration[];
}

/** What was made of a file: its statements were run, or the database was already where they lead. */
export type Outcome = "run" | "found";

/** How migrations are done by one kind of database. */
export interface Migrator {
  readonly engine: EngineName;
  readonly conversions: Conversions;
  wanted(model: Model): WantedSchema;
  /** The statements of steps that lead to a schema. */
  chapters(steps: readonly Step[], after: Schema): Chapter[];
  look(): Promise<Look>;
  /** Whether a step loses nothing on the data that is there. */
  holds(needs: Needs): Promise<boolean>;
  /**
   * Applies a file, and remembers that: all of its transaction or nothing of it. A file that broke off after its transaction is
   * gone on with.
   *
   * @throws Error that names the file and the line
   */
  apply(file: MigrationFile): Promise<Outcome>;
  /** Gives a copy of the database to some work, and throws it away. */
  rehearse<T>(work: (copy: Migrator) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
