import { TransactionTimeout } from "./deadline.ts";
import type { Writer } from "./engine.ts";

/** A writer for one work, and its end. */
export interface Lease {
  readonly writer: Writer;
  end(): void;
  /** @throws TransactionTimeout when the work was stopped, whatever it made of that: it must not be committed */
  check(): void;
}

/**
 * A writer for one work only: work that outlives its turn, because it was stopped or because it left a promise behind, must
 * not write into the transaction of another. Work that never waits lets no timer fire, so its time is looked at here too.
 */
export function leaseOf(writer: Writer, milliseconds: number): Lease {
  const until = performance.now() + milliseconds;
  let ended = false;
  let stopped = false;
  const guard =
    <A extends unknown[], T>(method: (...parameters: A) => Promise<T>) =>
    (...parameters: A): Promise<T> => {
      if (ended)
        return Promise.reject(
          new Error("The transaction of this action has ended: a database call was made after it, or was not awaited."),
        );
      stopped ||= performance.now() > until;
      return stopped ? Promise.reject(new TransactionTimeout(milliseconds)) : method(...parameters);
    };
  return {
    writer: {
      get: guard(writer.get),
      find: guard(writer.find),
      select: guard(writer.select),
      // Whoever reads in a transaction goes on with what it read.
      selectJson: () => undefined,
      count: guard(writer.count),
      aggregate: guard(writer.aggregate),
      changes: guard(writer.changes),
      insert: guard(writer.insert),
      update: guard(writer.update),
      remove: guard(writer.remove),
      removeAll: guard(writer.removeAll),
      append: guard(writer.append),
    },
    end() {
      ended = true;
    },
    check() {
      if (stopped) throw new TransactionTimeout(milliseconds);
    },
  };
}
