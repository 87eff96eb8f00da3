import { allOf, anyOf, negate, type Predicate } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import { numberedSlug } from "../schema/field-slug.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { WriteContext } from "./record-context.ts";

/**
 * What the slugs of a record are instead, which were made and not sent, where other records have the same already: with a number at
 * their ends. Whoever sends a slug wants that one, and is told of the conflict.
 *
 * @param row the whole record, its id among the values
 */
export async function freeSlugs(
  collection: CollectionModel,
  sent: Row,
  row: Row,
  { reader }: WriteContext,
): Promise<Record<string, string>> {
  const free: Record<string, string> = {};
  for (const { name, groups } of collection.madeSlugs) {
    const made = row[name];
    if (sent[name] !== undefined || typeof made !== "string") continue;
    const isTaken = async (slug: string): Promise<boolean> => {
      const where = anyOf(groups.map((names) => sameIn(names, { ...row, [name]: slug })));
      return (await reader.count(collection, allOf([where, negate(equal("id", row["id"]))]))) > 0;
    };
    const found = await firstFree(made, isTaken);
    if (found !== made) free[name] = found;
  }
  return free;
}

/** The slug, or one with a number that is free. Of a thousand alike, twenty are looked for, and not all. */
async function firstFree(slug: string, isTaken: (slug: string) => Promise<boolean>): Promise<string> {
  if (!(await isTaken(slug))) return slug;
  let [taken, free] = [1, 2];
  while (await isTaken(numberedSlug(slug, free))) [taken, free] = [free, free * 2];
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (await isTaken(numberedSlug(slug, middle))) taken = middle;
    else free = middle;
  }
  return numberedSlug(slug, free);
}

/** Records with the same values; as in the database, a missing one is the same as nothing. */
function sameIn(names: readonly string[], row: Row): Predicate {
  return allOf(names.map((name) => equal(name, row[name])));
}

function equal(field: string, value: unknown): Predicate {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return { kind: "never" };
  return { kind: "compare", field, path: [], comparison: "eq", operand: value };
}
