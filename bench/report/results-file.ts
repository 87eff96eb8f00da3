import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../RESULTS.md", import.meta.url));

/** A part of the results. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

/**
 * Writes sections into the results: each replaces the one of its title, and the others stay, as long as they were measured on the
 * same machine.
 *
 * @param order the titles of all sections there may be
 */
export function writeResults(machine: string, sections: readonly Section[], order: readonly string[]): void {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const kept = before.includes(machine) ? sectionsOf(before) : new Map<string, string>();
  for (const { title, text } of sections) kept.set(title, text);
  const body = order.flatMap((title) => {
    const text = kept.get(title);
    return text === undefined ? [] : [`## ${title}\n\n${text}`];
  });
  writeFileSync(
    path,
    `# What was measured

Written by \`npm run bench\`; [what it does and how to run it](README.md). All sides of a table ran at once and were asked in
turn; ratios are taken within a round, and given as the median of all rounds, with the least and the most. Read ratios, not
figures: they are of this machine, and of what else it had to do.

## The machine

${machine}

${body.join("\n\n")}
`,
  );
}

/** Sections by their titles, without that of the machine. */
function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^## /m).slice(2);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end).trim()];
    }),
  );
}
