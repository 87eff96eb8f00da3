import type { Row } from "../../query/sort.ts";
import { always } from "../../query/predicate.ts";
import { stableStringify } from "../../kit/stable-stringify.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { FeedEntry, Loader, Snapshot } from "../engine.ts";

/** Some neighbouring rows: how each reads on every engine, the key of the last, and what stores them elsewhere. */
export interface Page {
  readonly texts: readonly string[];
  readonly last: string | number | undefined;
  readonly store: (loader: Loader) => Promise<void>;
}

/** A part of a database that is moved by itself, in the order of its keys: the records of a collection, or the change feed. */
export interface Part {
  /** What people know it by. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly count: (from: Snapshot) => Promise<number>;
  /** At most `limit` rows after the one with this key. */
  readonly page: (from: Snapshot, after: string | number | undefined, limit: number) => Promise<Page>;
}

/** Everything that a database of this model holds. */
export function partsOf(model: Model): readonly Part[] {
  return [...[...model.collections.values()].map(recordsOf), feed];
}

function recordsOf(collection: CollectionModel): Part {
  const order = [{ field: "id", descending: false }];
  return {
    name: collection.name,
    table: collection.name,
    columns: collection.stored,
    count: (from) => from.count(collection, always),
    async page(from, after, limit) {
      const position = after === undefined ? undefined : [after];
      const rows = await from.select(collection, { where: always, order, limit, after: position });
      return pageOf(
        rows,
        (row: Row) => String(row["id"]),
        (loader) => loader.insert(collection, rows),
      );
    },
  };
}

const feed: Part = {
  name: "change feed",
  table: "_changes",
  columns: [],
  count: (from) => from.countEntries(),
  async page(from, after, limit) {
    const entries = await from.entries(Number(after ?? 0), limit);
    return pageOf(
      entries,
      ({ sequence }: FeedEntry) => sequence,
      (loader) => loader.append(entries),
    );
  },
};

function pageOf<T>(items: readonly T[], keyOf: (item: T) => string | number, store: Page["store"]): Page {
  const last = items.at(-1);
  return { texts: items.map((item) => stableStringify(item)), last: last && keyOf(last), store };
}
