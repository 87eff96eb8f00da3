import { type Difference, diffSchemas } from "./diff-schemas.ts";
import { type IntentOptions, intentOf } from "./intent.ts";
import type { Look, Migrator } from "./migrator.ts";
import { needsOf, takenNames } from "./refusal.ts";
import { emptySchema, type Schema, tableOf, type WantedSchema } from "./schema.ts";
import { wordsOfStep } from "./step.ts";
import { writeMigration } from "./write-migration.ts";

/** What a file would hold, and what keeps it from being written. */
export interface Plan {
  /** Undefined where there is nothing to do. */
  readonly text: string | undefined;
  /** One line for each. */
  readonly refused: readonly string[];
  /** What is no longer declared, and stays. */
  readonly left: readonly string[];
  /** The steps in words. */
  readonly steps: readonly string[];
}

/** What is to be planned. */
export interface PlanRequest {
  readonly migrator: Migrator;
  readonly look: Look;
  /** What it begins with. */
  readonly base: Schema;
  readonly wanted: WantedSchema;
  readonly options: IntentOptions;
}

/** Plans the way from a schema to another. What would lose something must be named: a file is for databases that aren't seen. */
export async function planMigration({ migrator, look, base, wanted, options }: PlanRequest): Promise<Plan> {
  const intent = intentOf(wanted, options);
  const difference = diffSchemas(base, wanted, intent, migrator.conversions);
  const refused = [
    ...takenNames(difference.steps, look.foreign),
    ...(await unmetNeeds(difference, look, migrator)),
    ...difference.unused.map((option) => `${option} is of no use: nothing that is to be done asks for it.`),
  ];
  const steps = difference.steps.map(wordsOfStep);
  if (refused.length > 0 || steps.length === 0) return { text: undefined, refused, left: difference.left, steps };
  const given = intent.asked.map(({ text }) => text).join(" ");
  const text = writeMigration({
    engine: migrator.engine,
    before: base,
    after: difference.after,
    steps: difference.steps,
    chapters: migrator.chapters(difference.steps, difference.after),
    why: `the definition says so${given === "" ? "" : `, with ${given}`}`,
  });
  return { text, refused, left: difference.left, steps };
}

/** The file that makes what a database has, for those that have nothing. */
export function writeBaseline(migrator: Migrator, schema: Schema): string {
  const wanted = {
    tables: schema.tables.map((table) => ({
      ...table,
      renamedFrom: undefined,
      columns: table.columns.map((column) => ({ ...column, fallback: undefined, renamedFrom: undefined })),
    })),
  };
  const { steps, after } = diffSchemas(emptySchema, wanted, intentOf(wanted), migrator.conversions);
  const chapters = migrator.chapters(steps, after);
  const why = "a database that has this already only takes note of it, and a new one begins with it";
  return writeMigration({ engine: migrator.engine, before: emptySchema, after, steps, chapters, why });
}

async function unmetNeeds({ steps }: Difference, look: Look, migrator: Migrator): Promise<string[]> {
  const lines: string[] = [];
  for (const needs of needsOf(steps)) {
    const table = tableOf(look.schema, needs.at.table);
    const isThere = table?.columns.some(({ name }) => name === needs.at.column) === true;
    // Whether a table is empty is different elsewhere; a value that is missing is missing, and elsewhere refused by the database.
    const met = needs.unless === "filled" && (!isThere || (await migrator.holds(needs)));
    if (!met) lines.push(`${needs.fact} ${needs.name}`);
  }
  return lines;
}
