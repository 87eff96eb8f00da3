import type { CollectionModel, Model } from "../../schema/model.ts";
import { quote } from "../sql/sql-dialect.ts";
import { indexesOf } from "../sql/sql-indexes.ts";
import type { Query } from "./postgres-connections.ts";
import { orderSql, wordsColumn } from "./postgres-dialect.ts";
import { shortName } from "./postgres-names.ts";

/** An index; its name holds a hash of its definition, so that an index of that name is that index. */
interface Index {
  readonly name: string;
  /** Names of the fields that it is over. */
  readonly fields: readonly string[];
  readonly sql: (how: "" | "CONCURRENTLY") => string;
}

/** Makes the declared indexes, and drops those that no longer are and those whose making broke off. */
export async function migrateIndexes(
  run: (text: string) => Promise<unknown[][]>,
  query: Query,
  model: Model,
  before: ReadonlySet<string>,
): Promise<void> {
  for (const collection of model.collections.values()) {
    const wanted = postgresIndexes(collection);
    const rows = await query({
      text: `SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1) AND NOT i.indisprimary`,
      values: [quote(collection.name)],
    });
    const existing = new Map(rows.map(([name, valid]) => [String(name), valid === "t"]));
    for (const [name, valid] of existing) {
      if (!valid || !wanted.some((index) => index.name === name))
        await run(`DROP INDEX CONCURRENTLY IF EXISTS ${quote(name)}`);
    }
    for (const index of wanted) {
      if (existing.get(index.name) !== true) await createIndex(run, index, collection, before.has(collection.name));
    }
  }
}

async function createIndex(
  run: (text: string) => Promise<unknown[][]>,
  index: Index,
  collection: CollectionModel,
  hasRecords: boolean,
): Promise<void> {
  try {
    await run(index.sql(hasRecords ? "CONCURRENTLY" : ""));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "23505")) throw error;
    await run(`DROP INDEX IF EXISTS ${quote(index.name)}`);
    throw new Error(
      `The database can't follow the definition without losing something:\n  - ${collection.name} is now unique by ${index.fields.join(" and ")}, and has records that share them. Change those first.`,
      { cause: error },
    );
  }
}

/** The collection's indexes as PostgreSQL has them, and that of its words. */
function postgresIndexes(collection: CollectionModel): Index[] {
  const table = quote(collection.name);
  const key = (name: string): string => orderSql(quote(name.replace(/^-/, "")), name.startsWith("-"));
  const plain = indexesOf(collection).map(({ unique, keys }) =>
    indexOn(collection, unique ? "UNIQUE INDEX" : "INDEX", keys, `(${keys.map(key).join(", ")})`),
  );
  return collection.searched.length === 0
    ? plain
    : [...plain, indexOn(collection, "INDEX", ["words"], `USING gin (${quote(wordsColumn)})`)];

  function indexOn({ name: prefix }: CollectionModel, kind: string, keys: readonly string[], on: string): Index {
    const name = shortName(`${prefix}_${keys.join("_").replaceAll("-", "desc_")}`, `${kind} ${on}`);
    return { name, fields: keys, sql: (how) => `CREATE ${kind} ${how} ${quote(name)} ON ${table} ${on}` };
  }
}
