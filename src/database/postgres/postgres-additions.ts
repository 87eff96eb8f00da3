import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { withDeadline } from "../deadline.ts";
import type { Change, Reader, Writer } from "../engine.ts";
import { Lease } from "../lease.ts";
import type { Sql } from "../sql/sql-dialect.ts";
import type { Query } from "./postgres-connections.ts";
import { codeOf, isRetryable, isStale, writeError } from "./postgres-errors.ts";
import { entriesOf, recordsetSql, recordsOf } from "./postgres-recordset.ts";

/** A work that does more than adding records, or that has lost against others: it needs a transaction of its own. */
export class NeedsTransaction extends Error {
  override readonly name = "NeedsTransaction";
}

/** What one work adds. */
interface Addition {
  readonly rows: { readonly collection: CollectionModel; readonly row: Row }[];
  readonly changes: Change[];
}

interface Waiting {
  readonly addition: Addition;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Runs works that only add records. */
export interface Additions {
  /** @throws NeedsTransaction when it does more, and nothing of it was stored */
  run<T>(work: (writer: Writer) => Promise<T>, milliseconds: number): Promise<T>;
}

/** Records of one statement, unless one work alone adds more. */
const mostRows = 500;
/** Statements on their way: while one is made durable, the next is with the server already. */
const mostUnderWay = 2;

/**
 * Gathers what many works add at the same time into one statement, which is whole or not at all, and durable as one: with one
 * transaction for each, every work waits for the disk alone. Never waits for company: what comes while statements are under way
 * is the next one. Where one fails, its works are tried singly.
 */
export function createAdditions(model: Model, reader: Reader, query: Query): Additions {
  const queue: Waiting[] = [];
  let underWay = 0;
  let sends = false;

  function soon(): void {
    if (sends || queue.length === 0 || underWay >= mostUnderWay) return;
    sends = true;
    // What arrived in the same turn of the event loop travels together.
    setImmediate(() => {
      sends = false;
      const members = take();
      underWay++;
      void store(members).finally(() => {
        underWay--;
        soon();
      });
      soon();
    });
  }

  function take(): Waiting[] {
    let rows = 0;
    const end = queue.findIndex(({ addition }, index) => (rows += addition.rows.length) > mostRows && index > 0);
    return queue.splice(0, end === -1 ? queue.length : end);
  }

  async function store(members: readonly Waiting[]): Promise<void> {
    try {
      await query(statementOf(members.map(({ addition }) => addition)));
      for (const { resolve } of members) resolve();
    } catch (error) {
      // One that violates a constraint must not keep the others from being stored.
      if (members.length > 1 && isOwnFault(error)) await Promise.all(members.map((member) => store([member])));
      else for (const { addition, reject } of members) reject(told(error, addition));
    }
  }

  function told(error: unknown, { rows }: Addition): unknown {
    // Which of many records a constraint was violated by, only a transaction can tell that stores them one after another.
    if (isRetryable(error) || isStale(error) || (rows.length > 1 && isOwnFault(error)))
      return new NeedsTransaction("The statement failed and is run again as a transaction.", { cause: error });
    const table = error instanceof Error && "table" in error ? String(error.table) : "";
    const collection = model.collections.get(table) ?? rows[0]?.collection;
    return collection === undefined ? error : writeError(error, collection);
  }

  return {
    async run(work, milliseconds) {
      const addition: Addition = { rows: [], changes: [] };
      const lease = new Lease(collecting(reader, addition), milliseconds);
      let value;
      try {
        value = await withDeadline(work(lease), milliseconds);
        lease.check();
      } finally {
        lease.end();
      }
      if (addition.rows.length > 0) {
        await new Promise<void>((resolve, reject) => {
          queue.push({ addition, resolve, reject });
          soon();
        });
      }
      return value;
    },
  };
}

/** Whether a statement failed for what is in it, or for what others did, and not because the server is away. */
function isOwnFault(error: unknown): boolean {
  return isRetryable(error) || isStale(error) || /^(22|23|54)/.test(codeOf(error));
}

/** A writer that keeps what is added. What was read before is of the moment in which it was read. */
function collecting(reader: Reader, { rows, changes }: Addition): Writer {
  const refuse = (): Promise<never> => Promise.reject(new NeedsTransaction("This work does more than adding records."));
  const referred = new Set<unknown>();
  const before =
    <A extends unknown[], T>(read: (...parameters: A) => Promise<T>) =>
    (...parameters: A): Promise<T> =>
      rows.length === 0 ? read(...parameters) : refuse();
  return {
    get: before(reader.get),
    find: before(reader.find),
    select: before(reader.select),
    selectJson: () => undefined,
    getJson: () => undefined,
    count: before(reader.count),
    aggregate: before(reader.aggregate),
    changes: refuse,
    insert(collection, row) {
      // One statement would let a record refer to a later one, which is not there yet.
      if (referred.has(row["id"])) return refuse();
      for (const { name } of collection.refs) if (row[name] !== null) referred.add(row[name]);
      rows.push({ collection, row });
      return Promise.resolve();
    },
    update: refuse,
    remove: refuse,
    removeAll: refuse,
    append(change) {
      changes.push(change);
      return Promise.resolve();
    },
  };
}

/** One statement for all: each table takes its rows out of one value, which costs less than any other way. */
function statementOf(additions: readonly Addition[]): Sql {
  const tables = Map.groupBy(
    additions.flatMap(({ rows }) => rows),
    ({ collection }) => collection,
  );
  const changes = additions.flatMap((addition) => addition.changes);
  const recordsets = [...tables].map(([collection, rows]) =>
    recordsOf(
      collection,
      rows.map(({ row }) => row),
    ),
  );
  if (changes.length > 0) recordsets.push(entriesOf(changes));
  const values = recordsets.map(({ value }) => value);
  const inserts = recordsets.map((recordset, index) => recordsetSql(recordset, index + 1));
  const last = inserts.pop() ?? "";
  const before = inserts.map((insert, index) => `a${index} AS (${insert})`);
  return { text: before.length === 0 ? last : `WITH ${before.join(", ")} ${last}`, values };
}
