import type { Model } from "../../schema/model.ts";
import type { CollectionModel } from "../../schema/model.ts";
import type { Row } from "../../query/sort.ts";
import type { Change, Writer } from "../engine.ts";
import { createSqlBuilder, fieldOf } from "../sql/sql-builder.ts";
import { quote, type Sql, type SqlDialect } from "../sql/sql-dialect.ts";
import { createSqlReader } from "../sql/sql-reader.ts";
import type { Query } from "./postgres-connections.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { writeError } from "./postgres-errors.ts";
import { indexedListsOf, indexesOf } from "../sql/sql-indexes.ts";
import { appendSql } from "./postgres-recordset.ts";
import { wordsText } from "./postgres-words.ts";

/** A writer, and what it has still to write. */
export interface PostgresWriter {
  readonly writer: Writer;
  /** Settles when every write has been answered. @throws what failed first */
  readonly answered: () => Promise<void>;
  /** Writes the entries of the feed, all in one statement: before the transaction can be committed. */
  readonly flush: () => Promise<void>;
}

/**
 * Writes rows, their words and the feed on the connection of one transaction.
 *
 * @param how.waits whether each write is waited for, so that the work may go on after one that failed
 */
export function createPostgresWriter(
  model: Model,
  dialect: SqlDialect<unknown>,
  { read, write: run, waits }: { readonly read: Query; readonly write: Query; readonly waits: boolean },
): PostgresWriter {
  const reader = createSqlReader(model, dialect, read);
  let noted: Change[] = [];
  const sent: Promise<void>[] = [];
  const fixed = new Map<string, ReadonlySet<string>>();

  /** Fields whose values a constraint or the size of an index may refuse. */
  function fixedFields(collection: CollectionModel): ReadonlySet<string> {
    let names = fixed.get(collection.name);
    if (names === undefined) {
      const keys = indexesOf(collection).flatMap((index) => index.keys.map((key) => key.replace(/^-/, "")));
      names = new Set([...keys, ...indexedListsOf(collection), ...collection.refs.map(({ name }) => name)]);
      fixed.set(collection.name, names);
    }
    return names;
  }

  async function flush(): Promise<void> {
    const changes = noted;
    noted = [];
    if (changes.length > 0) await read(appendSql(changes));
  }

  async function write(collection: CollectionModel, sql: Sql): Promise<void> {
    try {
      await run(sql);
    } catch (error) {
      throw writeError(error, collection);
    }
  }

  /** Columns and values that a row sets, the words of its searched fields among them. */
  function assignments(
    collection: CollectionModel,
    row: Row,
    names: readonly string[],
  ): { columns: string[]; values: unknown[] } {
    const columns = names.map(quote);
    const values = names.map((name) => dialect.encode(row[name], fieldOf(collection, name)));
    if (collection.searched.length > 0) {
      columns.push(quote(wordsColumn));
      values.push(wordsText(collection, row));
    }
    return { columns, values };
  }

  const writer: Writer = {
    ...reader,
    async insert(collection, row) {
      const { columns, values } = assignments(collection, row, collection.stored);
      const marks = values.map((_value, index) => `$${index + 1}`);
      await write(collection, {
        text: `INSERT INTO ${quote(collection.name)} (${columns.join(", ")}) VALUES (${marks.join(", ")})`,
        values,
      });
    },
    async update(collection, id, changes) {
      const names = Object.keys(changes);
      if (names.length === 0) return;
      const searched = collection.searched.some((name) => Object.hasOwn(changes, name));
      const whole = searched ? await reader.get(collection, id, { kind: "always" }) : undefined;
      const { columns, values } = searched
        ? assignments(collection, { ...whole, ...changes }, names)
        : {
            columns: names.map(quote),
            values: names.map((name) => dialect.encode(changes[name], fieldOf(collection, name))),
          };
      const sets = columns.map((column, index) => `${column} = $${index + 1}`).join(", ");
      const updated = write(collection, {
        text: `UPDATE ${quote(collection.name)} SET ${sets} WHERE "id" = $${values.length + 1}`,
        values: [...values, id],
      });
      const refusable = fixedFields(collection);
      if (searched || waits || names.some((name) => refusable.has(name))) return updated;
      // What can only fail with the whole transaction need not be waited for: the next statement travels with it.
      updated.catch(() => undefined);
      sent.push(updated);
    },
    async remove(collection, id) {
      await write(collection, { text: `DELETE FROM ${quote(collection.name)} WHERE "id" = $1`, values: [id] });
    },
    async removeAll(collection, where) {
      const builder = createSqlBuilder(model, dialect);
      const condition = builder.where(where, collection, "t");
      await write(collection, builder.finish(`DELETE FROM ${quote(collection.name)} t WHERE ${condition}`));
    },
    append(change) {
      noted.push(change);
      return Promise.resolve();
    },
    async changes(after, limit) {
      await flush();
      return reader.changes(after, limit);
    },
  };
  return {
    writer,
    flush,
    async answered() {
      await Promise.all(sent);
    },
  };
}
