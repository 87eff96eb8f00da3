import { allOf, anyOf, equal, negate, never, type Predicate } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import { isNumberOf, numberedSlug } from "../schema/field-slug.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { WriteContext } from "./record-context.ts";
import { sameValue } from "./same-value.ts";

/**
 * What the slugs of a record are instead, which were made and not sent, where other records have the same already: with a number at
 * their ends. Whoever sends a slug wants that one, and is told of the conflict.
 *
 * @param row the whole record, its id among the values
 * @param before the record that it replaces
 */
export async function freeSlugs(
  collection: CollectionModel,
  sent: Row,
  row: Row,
  { reader, progress }: WriteContext,
  before?: Row,
): Promise<Record<string, string>> {
  const free: Record<string, string> = {};
  const { id } = row;
  for (const { name, groups } of collection.madeSlugs) {
    const made = row[name];
    if (sent[name] !== undefined || typeof made !== "string") continue;
    // A record that is replaced keeps the address that it has been given for the same words.
    const kept = before?.[name];
    const hasMoved = groups.flat().some((one) => one !== name && !sameValue(before?.[one], row[one]));
    if (typeof kept === "string" && !hasMoved && isNumberOf(kept, made)) {
      if (kept !== made) free[name] = kept;
      continue;
    }
    const given = (progress.slugs ??= new Map<string, unknown>());
    const keysOf = (slug: string): string[] =>
      groups.map((names) => keyOf(collection, names, { ...row, [name]: slug }));
    const isGiven = (slug: string): boolean => keysOf(slug).some((key) => given.has(key) && given.get(key) !== id);
    const isTaken = async (slug: string): Promise<boolean> => {
      const where = anyOf(groups.map((names) => sameIn(names, { ...row, [name]: slug })));
      return (await reader.count(collection, allOf([where, negate(sameValueIn("id", id))]))) > 0 || isGiven(slug);
    };
    let found = await firstFree(made, isTaken);
    // Another record may have got it while this one waited to be told that it is free.
    while (isGiven(found)) found = await firstFree(made, isTaken);
    for (const key of keysOf(found)) given.set(key, id);
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

/** What two records can't both have. */
function keyOf({ name }: CollectionModel, names: readonly string[], row: Row): string {
  const values = names.map((one) => row[one] ?? null);
  return JSON.stringify([name, names, values, values.includes(null) ? row["id"] : null]);
}

/** Records with the same values; as in the database, a missing one is the same as nothing. */
function sameIn(names: readonly string[], row: Row): Predicate {
  return allOf(names.map((name) => sameValueIn(name, row[name])));
}

function sameValueIn(field: string, value: unknown): Predicate {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? equal(field, value)
    : never;
}
