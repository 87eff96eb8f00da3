import type { Engine } from "../engine.ts";
import { loadingTable } from "../unfinished-load.ts";
import type { Part } from "./move-part.ts";

/** Tables by name, with their columns. */
export type Tables = ReadonlyMap<string, readonly string[]>;

/** How many names a message lists. */
const mostNames = 10;

/** @throws Error when the source can't be read by the definition, or is no whole database itself */
export function checkSource(parts: readonly Part[], tables: Tables): void {
  if (tables.has(loadingTable))
    throw new Error("The source holds only a part of another database: a move into it was interrupted.");
  const missing = parts.flatMap((part) => missingOf(part, tables));
  if (missing.length === 0) return;
  throw new Error(
    `The source is not what the definition declares: it has no ${listed(missing)}. Start Galley on it once with this definition, or name the definition that it belongs to.`,
  );
}

/**
 * Looks which parts the target has tables for, and whether a move into it was interrupted.
 *
 * @throws Error when it has records that can't be read by the definition
 */
export async function checkTarget(
  parts: readonly Part[],
  target: Engine,
): Promise<{ readonly present: readonly Part[]; readonly unfinished: boolean }> {
  const tables = await target.tables();
  const unfinished = tables.has(loadingTable);
  const known = parts.filter(({ table }) => tables.has(table));
  const strange = known.filter((part) => missingOf(part, tables).length > 0);
  await target.snapshot(async (at) => {
    for (const part of strange) {
      if (unfinished || (await part.count(at)) > 0)
        throw new Error(
          `The target has data of its own: it has no ${listed(missingOf(part, tables))}, which the definition declares. Nothing was changed. Empty it, or name another database.`,
        );
    }
  });
  return { present: known.filter((part) => !strange.includes(part)), unfinished };
}

/** What a database holds that the definition doesn't declare: `films.note`, `tags`. */
export function leftBehind(parts: readonly Part[], tables: Tables): readonly string[] {
  const declared = new Map(parts.map((part) => [part.table, part.columns]));
  return [...tables].flatMap(([table, columns]) => {
    const known = declared.get(table);
    // Others may keep tables of their own beside those of collections, whose columns nobody asked for.
    if (known === undefined) return columns.length === 0 ? [] : [table];
    return columns.filter((column) => !known.includes(column)).map((column) => `${table}.${column}`);
  });
}

/** Names with commas, as many as can be read. */
function listed(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return names.slice(0, mostNames).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function missingOf({ table, columns }: Part, tables: Tables): string[] {
  const existing = tables.get(table);
  if (existing === undefined) return [table];
  return columns.filter((column) => !existing.includes(column)).map((column) => `${table}.${column}`);
}
