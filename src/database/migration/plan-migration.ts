import { type Difference, diffSchemas } from "./diff-schemas.ts";
import { type Intent, type IntentOptions, intentOf } from "./intent.ts";
import type { Look, Migrator } from "./migrator.ts";
import { needsOf, takenNames } from "./refusal.ts";
import { emptySchema, hashOf, type Schema, tableOf, type WantedSchema } from "./schema.ts";
import { writeMigration } from "./write-migration.ts";

/** A file that is to be written. */
export interface Draft {
  /** Whether it says what this database has already, or what it shall have. */
  readonly of: "past" | "future";
  readonly text: string;
}

/** What is to be written, and what keeps it from being so. */
export interface Plan {
  /** In their order; none where there is nothing to do, or something to refuse. */
  readonly drafts: readonly Draft[];
  /** One line for each. */
  readonly refused: readonly string[];
  /** What is no longer declared, and stays. */
  readonly left: readonly string[];
}

/** What is to be planned. */
export interface PlanRequest {
  readonly migrator: Migrator;
  readonly look: Look;
  readonly wanted: WantedSchema;
  readonly options: IntentOptions;
}

/**
 * Plans the way from where the files end to a definition. What the database has beyond the files comes first, in a file of its
 * own: before the first file that is all of it, later what `galley dev` has done meanwhile.
 */
export async function planMigration({ migrator, look, wanted, options }: PlanRequest): Promise<Plan> {
  const intent = intentOf(wanted, options);
  const end = look.applied.at(-1)?.schema ?? emptySchema;
  const there = asWanted(look.schema, wanted);
  const ahead = hashOf(end) === hashOf(look.schema) ? undefined : diffSchemas(end, there, intent, migrator.conversions);
  const past = ahead?.steps.length === 0 ? undefined : ahead;
  const now = past === undefined ? end : look.schema;
  const future = diffSchemas(now, wanted, intent, migrator.conversions);

  const refused = [
    ...takenNames(future.steps, look.foreign),
    ...(past === undefined ? [] : await unmetNeeds(past, look, migrator)),
    ...(await unmetNeeds(future, look, migrator)),
    ...future.unused
      .filter((option) => past === undefined || past.unused.includes(option))
      .map((option) => `${option} is of no use: nothing that is to be done asks for it.`),
  ];
  const drafts = [
    ...(past === undefined ? [] : [draftOf("past", end, past, intent, migrator)]),
    ...(future.steps.length === 0 ? [] : [draftOf("future", now, future, intent, migrator)]),
  ];
  return { drafts: refused.length > 0 ? [] : drafts, refused, left: future.left };
}

const reasons = {
  past: "the database has it: this one only takes note of the file, and a new one follows it",
  future: "the definition says so",
};

function draftOf(
  of: Draft["of"],
  before: Schema,
  { steps, after }: Difference,
  { asked }: Intent,
  migrator: Migrator,
): Draft {
  const given = asked.map(({ text }) => text).join(" ");
  const why = `${reasons[of]}${of === "past" || given === "" ? "" : `, with ${given}`}`;
  const chapters = migrator.chapters(steps, after);
  return { of, text: writeMigration({ engine: migrator.engine, before, after, steps, chapters, why }) };
}

/** What is there as if it were wanted, with the defaults of the definition for records that have no value. */
function asWanted(schema: Schema, wanted: WantedSchema): WantedSchema {
  return {
    tables: schema.tables.map((table) => ({
      ...table,
      renamedFrom: undefined,
      columns: table.columns.map((column) => {
        const columns = wanted.tables.find(({ name }) => name === table.name)?.columns;
        const declared = columns?.find(({ name, type }) => name === column.name && type === column.type);
        return { ...column, fallback: declared?.fallback, renamedFrom: undefined };
      }),
    })),
  };
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
