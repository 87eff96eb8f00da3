import { GalleyError } from "../../kit/galley-error.ts";
import { kept } from "../../kit/kept.ts";
import { wordsOf } from "../../query/words.ts";
import type { Predicate } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Reader, Writer } from "../engine.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import { encodeValue, storageOf } from "./sqlite-rows.ts";
import { createSqlBuilder } from "../sql/sql-builder.ts";
import type { RefField } from "../../schema/model.ts";
import type { Storage } from "../../schema/field-type.ts";
import { missingReferenceError } from "../missing-reference-error.ts";
import { createPendingFeed, type PendingFeed } from "./pending-feed.ts";
import { createFeedSql } from "../sql/sql-feed.ts";
import { searchColumn, searchTable, sqliteDialect } from "./sqlite-dialect.ts";

/** A writer on one connection, and what it has still to write before the transaction can end. */
export interface SqliteWriting {
  readonly writer: Writer;
  readonly feed: PendingFeed;
  /** Names of the collections that were written to in this transaction. */
  readonly written: Set<string>;
}

/** Texts of updates that are kept of one collection: who changes a record chooses its fields. */
const mostUpdates = 500;

/** What is the same in every statement that writes to a collection. */
interface Shape {
  readonly insert: string;
  /** How each stored field is stored. */
  readonly storages: readonly Storage[];
  /** By the names of the fields that are set. */
  readonly updates: Map<string, string>;
}

/**
 * The row that was inserted. RETURNING would be a trigger to SQLite, before which the full-text indexes write out what they
 * have gathered: of many records in one transaction each would pay for that.
 */
const lastRow: SqliteSql = { text: "SELECT last_insert_rowid()", values: [] };

/** Writes rows, their words and the feed through one connection. */
export function createSqliteWriter(model: Model, connection: Connection, reader: Reader): SqliteWriting {
  const feed = createPendingFeed(connection, createFeedSql(sqliteDialect));
  const shapes = new Map<string, Shape>();
  const written = new Set<string>();

  function shapeOf(collection: CollectionModel): Shape {
    let shape = shapes.get(collection.name);
    if (shape === undefined) {
      const names = collection.stored;
      const insert = `INSERT INTO ${quote(collection.name)} (${names.map(quote).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
      shape = { insert, storages: names.map((name) => storageOf(collection, name)), updates: new Map() };
      shapes.set(collection.name, shape);
    }
    return shape;
  }

  function updateText(collection: CollectionModel, names: readonly string[]): string {
    const { updates } = shapeOf(collection);
    return kept(updates, names.join(), mostUpdates, () => {
      const sets = names.map((name) => `${quote(name)} = ?`).join(", ");
      return `UPDATE ${quote(collection.name)} SET ${sets} WHERE "id" = ?${rowOf(collection)}`;
    });
  }

  function write(sql: SqliteSql, collection: CollectionModel, row?: Row): SqlValue[] | undefined {
    written.add(collection.name);
    try {
      return connection.first(sql);
    } catch (error) {
      throw constraintError(error, collection, row === undefined ? [] : missingReferences(collection, row));
    }
  }

  /** The references of a row to records that aren't there. */
  function missingReferences(collection: CollectionModel, row: Row): RefField[] {
    return collection.refs.filter(({ name, target }) => {
      const id = row[name];
      if (typeof id !== "string") return false;
      return connection.first({ text: `SELECT 1 FROM ${quote(target)} WHERE "id" = ?`, values: [id] }) === undefined;
    });
  }

  function index(collection: CollectionModel, row: SqlValue, words: Row): void {
    const table = quote(searchTable(collection));
    const marks = collection.searched.map(() => "?").join(", ");
    connection.run({
      text: `INSERT OR REPLACE INTO ${table} (rowid, ${collection.searched.map(searchColumn).join(", ")}) VALUES (?, ${marks})`,
      values: [row, ...collection.searched.map((name) => searchText(words[name]))],
    });
  }

  const writer: Writer = {
    ...reader,
    changes(after, limit) {
      feed.flush();
      return reader.changes(after, limit);
    },
    async insert(collection, row) {
      const { insert, storages } = shapeOf(collection);
      const values = collection.stored.map((name, at) => encodeValue(row[name], storages[at] ?? "text"));
      write({ text: insert, values }, collection, row);
      if (collection.searched.length > 0) index(collection, connection.first(lastRow)?.[0] ?? null, row);
    },
    async update(collection, id, changes) {
      const names = Object.keys(changes);
      if (names.length === 0) return;
      const values = names.map((name) => encodeValue(changes[name], storageOf(collection, name)));
      values.push(id);
      const updated = write({ text: updateText(collection, names), values }, collection, changes);
      if (updated !== undefined && collection.searched.some((name) => Object.hasOwn(changes, name))) {
        const columns = collection.searched.map(quote).join(", ");
        const current = connection.first({
          text: `SELECT ${columns} FROM ${quote(collection.name)} WHERE "_row" = ?`,
          values: [updated[0] ?? null],
        });
        index(
          collection,
          updated[0] ?? null,
          Object.fromEntries(collection.searched.map((name, at) => [name, current?.[at]])),
        );
      }
    },
    async remove(collection, id) {
      const removed = write(
        { text: `DELETE FROM ${quote(collection.name)} WHERE "id" = ?${rowOf(collection)}`, values: [id] },
        collection,
      );
      if (removed !== undefined && collection.searched.length > 0) {
        connection.run({
          text: `DELETE FROM ${quote(searchTable(collection))} WHERE rowid = ?`,
          values: [removed[0] ?? null],
        });
      }
    },
    async removeAll(collection, where: Predicate) {
      if (collection.searched.length > 0)
        throw new Error(`The records of "${collection.name}" are searched; remove them one by one.`);
      const builder = createSqlBuilder(model, sqliteDialect);
      // SQLite takes no alias in DELETE without AS; the table's own name serves.
      const condition = builder.where(where, collection, quote(collection.name));
      written.add(collection.name);
      connection.run(builder.finish(`DELETE FROM ${quote(collection.name)} WHERE ${condition}`));
    },
    append(change) {
      feed.append(change);
      return Promise.resolve();
    },
  };
  return { writer, feed, written };
}

/** What a statement answers: the number of the row, where the full-text index must know it. */
function rowOf(collection: CollectionModel): string {
  return collection.searched.length > 0 ? ' RETURNING "_row"' : "";
}

/** What the full-text index holds of a text: its words as the algebra sees them, so that memory and index agree. */
export function searchText(value: unknown): string {
  return typeof value === "string" ? wordsOf(value).join(" ") : "";
}

/** What SQLite says of a violated constraint, as the error that names the fields. */
function constraintError(error: unknown, collection: CollectionModel, missing: readonly RefField[]): unknown {
  const message = error instanceof Error ? error.message : "";
  const unique = /^UNIQUE constraint failed: (.+)$/.exec(message);
  if (unique !== null) {
    const fields = (unique[1] ?? "").split(", ").map((column) => column.slice(column.indexOf(".") + 1));
    return new GalleyError("conflict", `${collection.name} has another record with the same ${fields.join(" and ")}.`, {
      errors: fields.map((field) => ({ path: `/${field}`, code: "not_unique", message: "is taken" })),
      cause: error,
    });
  }
  if (message.startsWith("FOREIGN KEY constraint failed")) {
    if (missing.length > 0) return missingReferenceError(missing, error);
    return new GalleyError(
      "conflict",
      `A record of ${collection.name} refers to one that does not exist, or is referred to by another.`,
      { cause: error },
    );
  }
  return error;
}
