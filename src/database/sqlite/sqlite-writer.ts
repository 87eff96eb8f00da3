import { GalleyError } from "../../kit/galley-error.ts";
import { wordsOf } from "../../query/words.ts";
import type { Predicate } from "../../query/predicate.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Reader, Writer } from "../engine.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Connection, SqliteSql, SqlValue } from "./sqlite-connection.ts";
import { encodeValue, storageOf } from "./sqlite-rows.ts";
import { createSqlBuilder } from "../sql/sql-builder.ts";
import { createFeedSql } from "../sql/sql-feed.ts";
import { searchColumn, searchTable, sqliteDialect } from "./sqlite-dialect.ts";

/** Writes rows, their words and the feed through one connection. */
export function createSqliteWriter(model: Model, connection: Connection, reader: Reader): Writer {
  const feed = createFeedSql(sqliteDialect);

  function write(sql: SqliteSql, collection: CollectionModel): SqlValue[] | undefined {
    try {
      return connection.first(sql);
    } catch (error) {
      throw constraintError(error, collection);
    }
  }

  function index(collection: CollectionModel, row: SqlValue, words: Row): void {
    const table = quote(searchTable(collection));
    const marks = collection.searched.map(() => "?").join(", ");
    connection.run({
      text: `INSERT OR REPLACE INTO ${table} (rowid, ${collection.searched.map(searchColumn).join(", ")}) VALUES (?, ${marks})`,
      values: [row, ...collection.searched.map((name) => searchText(words[name]))],
    });
  }

  return {
    ...reader,
    async insert(collection, row) {
      const names = collection.stored;
      const inserted = write(
        {
          text: `INSERT INTO ${quote(collection.name)} (${names.map(quote).join(", ")}) VALUES (${names.map(() => "?").join(", ")}) RETURNING "_row"`,
          values: names.map((name) => encodeValue(row[name], storageOf(collection, name))),
        },
        collection,
      );
      if (collection.searched.length > 0) index(collection, inserted?.[0] ?? null, row);
    },
    async update(collection, id, changes) {
      const names = Object.keys(changes);
      if (names.length === 0) return;
      const updated = write(
        {
          text: `UPDATE ${quote(collection.name)} SET ${names.map((name) => `${quote(name)} = ?`).join(", ")} WHERE "id" = ? RETURNING "_row"`,
          values: [...names.map((name) => encodeValue(changes[name], storageOf(collection, name))), id],
        },
        collection,
      );
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
        { text: `DELETE FROM ${quote(collection.name)} WHERE "id" = ? RETURNING "_row"`, values: [id] },
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
      connection.run(builder.finish(`DELETE FROM ${quote(collection.name)} WHERE ${condition}`));
    },
    async append(change) {
      connection.run(feed.append(change));
    },
  };
}

/** What the full-text index holds of a text: its words as the algebra sees them, so that memory and index agree. */
export function searchText(value: unknown): string {
  return typeof value === "string" ? wordsOf(value).join(" ") : "";
}

/** What SQLite says of a violated constraint, as the error that names the fields. */
function constraintError(error: unknown, collection: CollectionModel): unknown {
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
    return new GalleyError(
      "conflict",
      `A record of ${collection.name} refers to one that does not exist, or is referred to by another.`,
      { cause: error },
    );
  }
  return error;
}
