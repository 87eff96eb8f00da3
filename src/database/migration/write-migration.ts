import type { Chapter } from "./chapter.ts";
import { type EngineName, outsideDirective } from "./migration-file.ts";
import { hashOf, type Schema } from "./schema.ts";
import { isLossy, type Step, wordsOfStep } from "./step.ts";

/** What a file is made of. */
export interface MigrationParts {
  readonly engine: EngineName;
  readonly before: Schema;
  readonly after: Schema;
  readonly steps: readonly Step[];
  readonly chapters: readonly Chapter[];
  /** What brought the steps about. */
  readonly why: string;
}

const manners: Readonly<Record<EngineName, string>> = {
  sqlite: "one transaction. SQLite has one writer, who waits until it is done; readers go on.",
  postgres: "one transaction, which waits 10 s for a lock and then gives up; locks are held until it ends.",
};

/** Writes a migration as a file that says what it does, why, what it loses and what it costs. */
export function writeMigration({ engine, before, after, steps, chapters, why }: MigrationParts): string {
  const lost = steps.filter(isLossy).map(wordsOfStep);
  const inside = chapters.filter(({ outside }) => !outside);
  const outside = chapters.filter((chapter) => chapter.outside);
  return [
    ...field("What", headlines(steps)),
    ...field("Why", [why]),
    ...field("Loses", lost.length === 0 ? ["nothing"] : lost),
    ...field("Costs", [manners[engine]]),
    `--`,
    `-- galley: engine ${engine}`,
    `-- galley: before ${hashOf(before)}`,
    `-- galley: after ${hashOf(after)}`,
    ...inside.flatMap(chapterLines),
    ...(outside.length === 0 ? [] : ["", outsideDirective, ...outside.flatMap(chapterLines)]),
    "",
  ].join("\n");
}

/** What a new table is made of goes without saying. */
function headlines(steps: readonly Step[]): string[] {
  const made = new Set(steps.flatMap(({ kind, table }) => (kind === "createTable" ? [table] : [])));
  return steps.filter(({ kind, table }) => kind === "createTable" || !made.has(table)).map(wordsOfStep);
}

function field(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `-- ${(index === 0 ? `${name}:` : "").padEnd(7)}${oneLine(line)}`);
}

function chapterLines({ does, costs, statements }: Chapter): string[] {
  return [
    "",
    ...does.map((line) => `-- ${oneLine(line)}.`),
    `-- ${costs}`,
    ...statements.map((text) => (text.startsWith("--") ? text : `${text};`)),
  ];
}

/** A comment ends with its line, whatever an expression holds. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
