import type { AggregateQuery, AggregateRow, Query } from "../../query/query.ts";
import type { Predicate } from "../../query/predicate.ts";
import { relevance, type Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Reader } from "../engine.ts";
import { aggregateSql, decodeAggregate } from "./sqlite-aggregate.ts";
import type { Sql, SqlValue } from "./sqlite-connection.ts";
import { rowDecoder } from "./sqlite-rows.ts";
import { countSql, getSql, selectSql } from "./sqlite-select.ts";

/** Runs a statement and answers its rows; `collection` is where a scan would happen. */
export type RunSql = (sql: Sql, collection: CollectionModel) => SqlValue[][] | Promise<SqlValue[][]>;

/** A reader over whatever runs its statements: a connection of this thread, or another thread. */
export function createSqliteReader(model: Model, run: RunSql): Reader {
  const decoders = new Map<string, (columns: readonly SqlValue[]) => Row>();

  function decoderOf(collection: CollectionModel): (columns: readonly SqlValue[]) => Row {
    let decoder = decoders.get(collection.name);
    if (decoder === undefined) decoders.set(collection.name, (decoder = rowDecoder(collection)));
    return decoder;
  }

  return {
    async get(collection: CollectionModel, id: string, where: Predicate): Promise<Row | undefined> {
      const [columns] = await run(getSql(collection, id, where, model), collection);
      return columns && decoderOf(collection)(columns);
    },
    async select(collection: CollectionModel, query: Query): Promise<Row[]> {
      const rows = await run(selectSql(collection, query, model), collection);
      const decode = decoderOf(collection);
      const ranked = query.order.some(({ field }) => field === relevance);
      return rows.map((columns) =>
        ranked ? { ...decode(columns), [relevance]: columns[collection.stored.length] } : decode(columns),
      );
    },
    async count(collection: CollectionModel, where: Predicate): Promise<number> {
      const [columns] = await run(countSql(collection, where, model), collection);
      return Number(columns?.[0] ?? 0);
    },
    async aggregate(collection: CollectionModel, query: AggregateQuery, limit: number): Promise<AggregateRow[]> {
      const rows = await run(aggregateSql(collection, query, limit, model), collection);
      return rows.map((columns) => decodeAggregate(collection, query, columns));
    },
  };
}
