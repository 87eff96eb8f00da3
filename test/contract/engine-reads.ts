import { expect } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { decodeCursor, encodeCursor } from "../../src/query/cursor.ts";
import type { Predicate } from "../../src/query/predicate.ts";
import type { Row, SortTerm } from "../../src/query/sort.ts";
import type { CollectionModel } from "../../src/schema/model.ts";

export const byId: readonly SortTerm[] = [{ field: "id", descending: false }];

/** All records in one go. */
export async function all(
  engine: Engine,
  found: CollectionModel,
  where: Predicate,
  order: readonly SortTerm[],
): Promise<readonly Row[]> {
  return engine.read((reader) => reader.select(found, { where, order, limit: 1000, after: undefined }));
}

/** All records, a page at a time, the cursor spelled and read as a client's is. */
export async function inPages(
  engine: Engine,
  found: CollectionModel,
  where: Predicate,
  order: readonly SortTerm[],
  limit: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let page: readonly Row[];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, order, found);
    page = await engine.read((reader) => reader.select(found, { where, order, limit, after }));
    expect(page.length).toBeLessThanOrEqual(limit);
    rows.push(...page);
    const last = page.at(-1);
    cursor = last && encodeCursor(order, last);
  } while (page.length > 0 && rows.length <= 1000);
  return rows;
}
