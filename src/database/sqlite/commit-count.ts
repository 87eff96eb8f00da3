import type { CollectionModel, Model } from "../../schema/model.ts";

/** Counts the commits of a database, and those that wrote to each collection, for all threads of a process. */
export interface CommitCount {
  /** Commits so far. */
  current(): number;
  /** Those of them that wrote to a collection. */
  of(collection: CollectionModel): number;
  /** To be called between a commit and its answers. */
  add(written: Iterable<string>): void;
}

/** The memory that threads count in. */
export function commitCountBuffer(model: Model): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (1 + model.collections.size));
}

/** @param buffer memory of the count of another thread */
export function createCommitCount(model: Model, buffer = commitCountBuffer(model)): CommitCount {
  const counts = new Int32Array(buffer);
  const places = new Map([...model.collections.keys()].map((name, index) => [name, index + 1]));
  return {
    current: () => Atomics.load(counts, 0),
    of: ({ name }) => Atomics.load(counts, places.get(name) ?? 0),
    add(written) {
      // First of all: who has seen that a collection was written to must not read from a snapshot that is older.
      Atomics.add(counts, 0, 1);
      for (const name of written) Atomics.add(counts, places.get(name) ?? 0, 1);
    },
  };
}
