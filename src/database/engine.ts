import type { Soon } from "../kit/soon.ts";
import type { AggregateQuery, AggregateRow, Query } from "../query/query.ts";
import type { Predicate } from "../query/predicate.ts";
import type { Row } from "../query/sort.ts";
import type { CollectionModel, Model } from "../schema/model.ts";

/** A record as JSON text that the database writes: cheaper than a record in memory that becomes text the moment after. */
export interface JsonView {
  /** Names of stored fields, in the order of the text. */
  readonly fields: readonly string[];
  /** References among them that show the record instead, or null where `where` says that it is out of sight. */
  readonly include: readonly JsonInclude[];
}

/** A record in the place of a reference. */
export interface JsonInclude {
  readonly relation: string;
  readonly where: Predicate;
  readonly view: JsonView;
}

/** Records that are written already. */
export interface JsonRows {
  readonly texts: readonly string[];
  /** The values of the fields that were asked for beside the text of one of them. */
  keysOf(index: number): Row;
}

/** Reads records. Every method is one statement: what it answers is of one moment. */
export interface Reader {
  /** The record with this id, if it matches. */
  readonly get: (collection: CollectionModel, id: string, where: Predicate) => Promise<Row | undefined>;
  /** The record whose unique field has this value, together with the one that its reference leads to. */
  readonly find: (
    collection: CollectionModel,
    field: string,
    value: string,
    reference: string,
  ) => Promise<{ readonly row: Row; readonly referred: Row } | undefined>;
  /** Records in order, at most `query.limit`. Where the order is by relevance, each carries its rank. */
  readonly select: (collection: CollectionModel, query: Query) => Promise<Row[]>;
  /**
   * The same as text, with the values of `keys` beside it. Undefined where the database can't write such a view, or not in
   * this order.
   */
  readonly selectJson: (
    collection: CollectionModel,
    query: Query,
    view: JsonView,
    keys: readonly string[],
  ) => Soon<JsonRows> | undefined;
  /** The record with this id as text, if it matches: none or one. */
  readonly getJson: (
    collection: CollectionModel,
    id: string,
    where: Predicate,
    view: JsonView,
    keys: readonly string[],
  ) => Soon<JsonRows> | undefined;
  readonly count: (collection: CollectionModel, where: Predicate) => Promise<number>;
  /** At most `limit` groups, ordered by their keys. */
  readonly aggregate: (collection: CollectionModel, query: AggregateQuery, limit: number) => Promise<AggregateRow[]>;
  /**
   * Entries of the change feed after the one with this number, or from the first on where it is 0: at most `limit`, in the
   * feed's order. An entry that is stored later never comes before one that was answered, so that who goes on from the last
   * one misses nothing; what would break that is not answered yet. Transactions that ran at the same time may have their
   * numbers in another order than the feed has their entries.
   */
  readonly changes: (after: number, limit: number) => Promise<FeedEntry[]>;
}

/**
 * Reads and writes inside one serializable transaction. It can be used until the work it was given to has settled.
 * Rows are whole and valid; what only the database can judge is thrown as `conflict`, naming the field.
 */
export interface Writer extends Reader {
  readonly insert: (collection: CollectionModel, row: Row) => Promise<void>;
  /** Sets the given fields of a record. */
  readonly update: (collection: CollectionModel, id: string, changes: Row) => Promise<void>;
  readonly remove: (collection: CollectionModel, id: string) => Promise<void>;
  /** Removes every record that matches: for internal collections, which have neither hooks nor feed. */
  readonly removeAll: (collection: CollectionModel, where: Predicate) => Promise<void>;
  /** Adds to the change feed. */
  readonly append: (change: Change) => Promise<void>;
}

/** A whole database as it was at one moment. */
export interface Snapshot extends Reader {
  /** Entries of the change feed after the one with this number, at most `limit`: all that there are, by their numbers. */
  readonly entries: (after: number, limit: number) => Promise<FeedEntry[]>;
  readonly countEntries: () => Promise<number>;
}

/** Fills a database with what was in another. Each call is a transaction of its own, durable before it settles. */
export interface Loader {
  /** Stores rows as they are. They may refer to what is stored later. */
  readonly insert: (collection: CollectionModel, rows: readonly Row[]) => Promise<void>;
  /** Adds entries to the change feed with the numbers that they have. */
  readonly append: (entries: readonly FeedEntry[]) => Promise<void>;
}

/** One entry of the change feed, without the sequence number that the database gives it. */
export interface Change {
  readonly at: string;
  readonly collection: string;
  readonly id: string;
  readonly kind: "created" | "updated" | "deleted";
  /** Id of the user who wrote; null for the application itself and for anonymous. */
  readonly actor: string | null;
  readonly request: string | null;
  /** The changed fields before; null for a new record. */
  readonly before: Row | null;
  /** The changed fields after; null for a deleted record. */
  readonly after: Row | null;
}

/** An entry as the database keeps it. */
export interface FeedEntry extends Change {
  /** Its number in the database, from 1 on; numbers may be left out. */
  readonly sequence: number;
}

/** How a work is run. */
export interface WriteOptions {
  /** How long it may hold the transaction; the engine's own limit unless told otherwise. */
  readonly milliseconds?: number;
  /**
   * Whether it most likely adds records and does nothing else, and does not look at what became of them before it ends. An
   * engine may gather such works, run one again, and tell a conflict at the end.
   */
  readonly adds?: boolean;
}

/**
 * A database. `write` runs its work in a serializable transaction that is durable before the promise settles; work that
 * throws leaves no trace. Works may be committed together, and are answered each for itself.
 */
export interface Engine {
  /**
   * Brings the database to the model, in one transaction. Only what loses nothing is done.
   * @throws Error with one line for each change that can't be made without losing something
   */
  migrate(model: Model): Promise<void>;
  read<T>(work: (reader: Reader) => Soon<T>): Soon<T>;
  write<T>(work: (writer: Writer) => Promise<T>, how?: WriteOptions): Promise<T>;
  /**
   * A number that changes before anyone is told that the collection was written to in this process. Undefined where others may
   * write to the database and tell nobody.
   */
  versionOf(collection: CollectionModel): number | undefined;
  /** Reads everything as of one moment, for as long as it takes. Others may write meanwhile. */
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  /** The tables that there are; those of collections with their columns. None in a database that is new. */
  tables(): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Brings the database to the model and fills it. References are checked when the work has settled. Until then nobody else
   * can use the database: when the work fails, or the process ends, `migrate` refuses it, and another load may go on.
   */
  load<T>(work: (loader: Loader) => Promise<T>): Promise<T>;
  /** Answers when the database can be used. @throws whatever keeps it from being used */
  ping(): Promise<void>;
  /** How often a work had to wait for another program that wrote; undefined where one never waits for the other. */
  readonly collisions?: number;
  /** Works that wait for the writer. */
  readonly waiting: number;
  close(): Promise<void>;
}
