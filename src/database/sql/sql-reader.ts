import type { Model } from "../../schema/model.ts";
import type { Reader } from "../engine.ts";
import { createSqlCompiler } from "./sql-compiler.ts";
import { createFeedSql } from "./sql-feed.ts";
import type { Sql, SqlDialect } from "./sql-dialect.ts";

/** Runs a statement and answers its rows, each an array of columns. */
export type RunSql<Value> = (
  sql: Sql<Value>,
) => readonly (readonly unknown[])[] | Promise<readonly (readonly unknown[])[]>;

/** A reader over whatever runs its statements: a connection of this thread, another thread, a server. */
export function createSqlReader<Value>(model: Model, dialect: SqlDialect<Value>, run: RunSql<Value>): Reader {
  const compiler = createSqlCompiler(model, dialect);
  const feed = createFeedSql(dialect);
  return {
    async get(collection, id, where) {
      const [columns] = await run(compiler.get(collection, id, where));
      return columns && compiler.row(collection, columns);
    },
    async select(collection, query) {
      const rows = await run(compiler.select(collection, query));
      return rows.map((columns) => compiler.row(collection, columns));
    },
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
}
