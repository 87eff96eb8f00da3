import { type Soon, soon } from "../../kit/soon.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { JsonRows, Reader, Snapshot } from "../engine.ts";
import { createSqlCompiler } from "./sql-compiler.ts";
import { createFeedSql } from "./sql-feed.ts";
import type { Sql, SqlDialect } from "./sql-dialect.ts";

/** Runs a statement and answers its rows, each an array of columns. */
export type RunSql<Value> = (sql: Sql<Value>) => Soon<readonly (readonly unknown[])[]>;

/** A reader over whatever runs its statements: a connection of this thread, another thread, a server. */
export function createSqlReader<Value>(model: Model, dialect: SqlDialect<Value>, run: RunSql<Value>): Reader {
  return createSqlReaders(model, dialect)(run);
}

/** Makes readers that spell what they have in common once: there is one for each transaction on a server. */
export function createSqlReaders<Value>(model: Model, dialect: SqlDialect<Value>): (run: RunSql<Value>) => Reader {
  const compiler = createSqlCompiler(model, dialect);
  const feed = createFeedSql(dialect);

  return (run) => {
    function texts(
      collection: CollectionModel,
      keys: readonly string[],
      sql: Sql<Value> | undefined,
    ): Soon<JsonRows> | undefined {
      if (sql === undefined) return undefined;
      return soon(run(sql), (rows) => ({
        texts: rows.map(([json]) => String(json)),
        keysOf: (index) => compiler.keys(collection, keys, rows[index]?.slice(1) ?? []),
      }));
    }

    return {
      async get(collection, id, where) {
        const [columns] = await run(compiler.get(collection, id, where));
        return columns && compiler.row(collection, columns);
      },
      async find(collection, field, value, reference) {
        const { target, sql } = compiler.find(collection, field, value, reference);
        const [columns] = await run(sql);
        if (columns === undefined) return undefined;
        const own = collection.stored.length;
        return {
          row: compiler.row(collection, columns.slice(0, own)),
          referred: compiler.row(target, columns.slice(own)),
        };
      },
      async select(collection, query) {
        const rows = await run(compiler.select(collection, query));
        return rows.map((columns) => compiler.row(collection, columns));
      },
      selectJson: (collection, query, view, keys) =>
        texts(collection, keys, compiler.selectJson(collection, query, view, keys)),
      getJson: (collection, id, where, view, keys) =>
        texts(collection, keys, compiler.getJson(collection, id, where, view, keys)),
      async count(collection, where) {
        const [columns] = await run(compiler.count(collection, where));
        return Number(columns?.[0] ?? 0);
      },
      async aggregate(collection, query, limit) {
        const rows = await run(compiler.aggregate(collection, query, limit));
        return rows.map((columns) => compiler.group(collection, query, columns));
      },
      async changes(after, limit) {
        const rows = await run(feed.follow(after, limit));
        return rows.map((columns) => feed.entry(columns));
      },
    };
  };
}

/** The same of one moment: `run` must run all statements in one transaction whose view of the data doesn't change. */
export function createSqlSnapshot<Value>(model: Model, dialect: SqlDialect<Value>, run: RunSql<Value>): Snapshot {
  const feed = createFeedSql(dialect);
  return {
    ...createSqlReader(model, dialect, run),
    async entries(after, limit) {
      const rows = await run(feed.list(after, limit));
      return rows.map((columns) => feed.entry(columns));
    },
    async countEntries() {
      const [columns] = await run({ text: `SELECT count(*) FROM "_changes"`, values: [] });
      return Number(columns?.[0] ?? 0);
    },
  };
}
