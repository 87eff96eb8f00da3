import { isDeepStrictEqual } from "node:util";
import { allOf, always, type Predicate } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Change, Reader, Writer } from "../engine.ts";
import { createSqlBuilder } from "../sql/sql-builder.ts";
import { quote, type Sql, type SqlDialect } from "../sql/sql-dialect.ts";
import type { RunSql } from "../sql/sql-reader.ts";
import type { Query } from "./postgres-connections.ts";
import { checkReferenceIds } from "./check-reference-ids.ts";
import { writeError } from "./postgres-errors.ts";
import { appendSql } from "./postgres-recordset.ts";
import type { Statements, Update } from "./postgres-statements.ts";
import { createTurn } from "./postgres-turn.ts";

/** A writer, and what it has still to write. */
export interface PostgresWriter {
  readonly writer: Writer;
  /** Sends what has gathered, and the entries of the feed, all in one statement: before the transaction can be committed. */
  readonly finish: () => Promise<void>;
  /** Settles when the server has answered whatever was written. Nothing may be written after it. */
  readonly settle: () => Promise<unknown>;
}

/** What the writers of all transactions have in common. */
export interface Spelling {
  readonly model: Model;
  readonly dialect: SqlDialect<unknown>;
  readonly statements: Statements;
  readonly readerOver: (run: RunSql<unknown>) => Reader;
}

/** What a writer runs its statements with. */
export interface PostgresWriterParts {
  readonly read: Query;
  readonly write: Query;
  /**
   * Whether each write is a statement of its own that is waited for, so that the work learns what came of it and may go on.
   * Otherwise it is told at once that it is done, and `refused` when that proves wrong: the transaction can't be committed then.
   */
  readonly waits: boolean;
  readonly refused: () => void;
}

/** Records that one statement asks for, adds and changes; each number of those that change is a text of its own. */
const most = { gets: 100, inserts: 500, updates: 16 };
/** Statements that nobody has waited for, beyond which a work has to: it would write faster than the server. */
const mostUnanswered = 16;
const byId = [{ field: "id", descending: false }];

/** What concerns a record of a collection. */
type Of<T> = T & { readonly collection: CollectionModel };

/**
 * Writes rows, their words and the feed on the connection of one transaction. What an action does to a table without waiting for
 * anything else in between is one statement, and what it writes travels with what it asks for next.
 */
export function createPostgresWriter(
  { model, dialect, statements, readerOver }: Spelling,
  { read, write: run, waits, refused }: PostgresWriterParts,
): PostgresWriter {
  const turn = createTurn();
  const direct = readerOver(read);
  const reader = readerOver((sql) => {
    turn.send();
    return read(sql);
  });
  const unanswered = new Set<Promise<unknown>>();
  /** Ids of records that the server may not have yet. */
  const made = new Set<unknown>();
  /** Ids that records refer to: one that is made after what refers to it must not be in the same statement, which would find it. */
  const referredTo = new Set<unknown>();
  let noted: Change[] = [];

  async function write(collection: CollectionModel, sql: Sql): Promise<void> {
    try {
      await run(sql);
    } catch (error) {
      throw writeError(error, collection);
    }
  }

  /** Sends a statement that nobody waits for. */
  function entrust(collection: CollectionModel, sql: Sql): void {
    const answered: Promise<unknown> = write(collection, sql)
      .catch(refused)
      .finally(() => unanswered.delete(answered));
    unanswered.add(answered);
  }

  /** Waits only while there is too much to be answered. */
  async function paced(): Promise<void> {
    if (turn.waiting + unanswered.size < mostUnanswered) return;
    turn.send();
    await Promise.all(unanswered);
  }

  const get = turn.gather<Of<{ readonly id: string; readonly where: Predicate }>, Row | undefined>(
    ({ collection, where }, before) =>
      collection === before[0].collection && before.length < most.gets && isDeepStrictEqual(where, before[0].where),
    async (gets) => {
      const [{ collection, id, where }] = gets;
      if (gets.length === 1) {
        const row = await direct.get(collection, id, where);
        return () => row;
      }
      const ids = [...new Set(gets.map((one) => one.id))];
      const wanted: Predicate = { kind: "in", field: "id", path: [], operands: ids };
      const query = { where: allOf([wanted, where]), order: byId, limit: ids.length, after: undefined };
      const rows = new Map((await direct.select(collection, query)).map((row) => [row["id"], row]));
      return (one) => rows.get(one.id);
    },
  );

  /**
   * Waits until the server has what a row refers to. The check of a reference reads the page of an index to which whoever makes
   * records at the same time adds theirs; where that follows at once, most of them would lose for having read what others wrote.
   */
  async function referred(collection: CollectionModel, row: Row): Promise<void> {
    if (!collection.refs.some(({ name }) => made.has(row[name]))) return;
    turn.send();
    await Promise.all(unanswered);
    made.clear();
  }

  const insert = turn.gather<Of<{ readonly row: Row }>, void>(
    ({ collection }, before) => collection === before[0].collection && before.length < most.inserts,
    (inserts) => {
      const [{ collection }] = inserts;
      const rows = inserts.map(({ row }) => row);
      entrust(collection, statements.insert(collection, rows));
      return answerNothing;
    },
  );

  const update = turn.gather<Of<Update>, void>(
    ({ collection, id, changes }, before) =>
      collection === before[0].collection &&
      before.length < most.updates &&
      before.every((one) => one.id !== id) &&
      isDeepStrictEqual(Object.keys(changes), Object.keys(before[0].changes)),
    (updates) => {
      entrust(updates[0].collection, statements.update(updates[0].collection, updates));
      return answerNothing;
    },
  );

  /** A statement that stands for itself. */
  async function alone(collection: CollectionModel, sql: Sql): Promise<void> {
    if (waits) return write(collection, sql);
    turn.send();
    entrust(collection, sql);
    await paced();
  }

  const writer: Writer = {
    ...reader,
    get: (collection, id, where) => (waits ? reader.get(collection, id, where) : get({ collection, id, where })),
    async insert(collection, row) {
      checkReferenceIds(collection, row, model);
      if (waits) return write(collection, statements.insert(collection, [row]));
      await referred(collection, row);
      if (referredTo.has(row["id"])) turn.send();
      for (const { name } of collection.refs) if (row[name] !== null) referredTo.add(row[name]);
      made.add(row["id"]);
      void insert({ collection, row });
      await paced();
    },
    async update(collection, id, changes) {
      const names = Object.keys(changes);
      if (names.length === 0) return;
      checkReferenceIds(collection, changes, model);
      const searched = collection.searched.some((name) => Object.hasOwn(changes, name));
      const stored = searched ? await writer.get(collection, id, always) : undefined;
      const one = { collection, id, changes, whole: searched ? { ...stored, ...changes } : undefined };
      if (waits) return write(collection, statements.update(collection, [one]));
      void update(one);
      await paced();
    },
    remove: (collection, id) =>
      alone(collection, { text: `DELETE FROM ${quote(collection.name)} WHERE "id" = $1`, values: [id] }),
    async removeAll(collection, where) {
      const builder = createSqlBuilder(model, dialect);
      const condition = builder.where(where, collection, "t");
      await alone(collection, builder.finish(`DELETE FROM ${quote(collection.name)} t WHERE ${condition}`));
    },
    append(change) {
      noted.push(change);
      return Promise.resolve();
    },
    async changes(after, limit) {
      await finish();
      return reader.changes(after, limit);
    },
  };

  async function finish(): Promise<void> {
    turn.send();
    const changes = noted;
    noted = [];
    if (changes.length > 0) await read(appendSql(changes));
  }

  return {
    writer,
    finish,
    settle() {
      turn.send();
      return Promise.all(unanswered);
    },
  };
}

const answerNothing = Promise.resolve(() => undefined);
