import type { Snapshot } from "../engine.ts";
import { createSqlSnapshot } from "../sql/sql-reader.ts";
import type { Model } from "../../schema/model.ts";
import type { SqlDialect } from "../sql/sql-dialect.ts";
import type { Connections, Query } from "./postgres-connections.ts";

/** What it takes to read or fill a whole database. */
export interface WholeParts {
  readonly connections: Connections;
  readonly model: Model;
  readonly dialect: SqlDialect<unknown>;
  /** Runs statements, and says in one line what is wrong with the server. */
  readonly started: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Reads everything as of one moment, in one transaction that may take as long as it takes. */
export async function snapshotPostgres<T>(
  { connections, model, dialect, started }: WholeParts,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const session = await started(() => connections.acquire());
  const query: Query = (sql) => started(() => session.query(sql));
  try {
    for (const text of [
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
      // Who works on what was read keeps the transaction idle meanwhile; and a table may as well be scanned when all of it is read.
      "SET LOCAL statement_timeout = 0",
      "SET LOCAL idle_in_transaction_session_timeout = 0",
      "SET LOCAL enable_seqscan = on",
      // The first statement that reads decides which moment it is.
      "SELECT 1",
    ])
      await query({ text, values: [] });
    return await work(createSqlSnapshot(model, dialect, query));
  } finally {
    session.release(true);
  }
}
