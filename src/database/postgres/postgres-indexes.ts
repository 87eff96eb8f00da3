import type { CollectionModel, Model } from "../../schema/model.ts";
import type { Index } from "../migration/schema.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { quote } from "../sql/sql-dialect.ts";
import { indexedListsOf, indexesOf } from "../sql/sql-indexes.ts";
import { orderSql, wordsColumn } from "./postgres-dialect.ts";
import { shortName } from "./postgres-names.ts";
import { postgresType } from "./postgres-types.ts";

/** The collection's indexes as PostgreSQL has them, those of lists by their items, and that of its words. */
export function postgresIndexes(collection: CollectionModel, model: Model): Index[] {
  const key = (name: string): string => orderSql(quote(name.replace(/^-/, "")), name.startsWith("-"));
  const items = (name: string): string =>
    postgresType(fieldOf(collection, name), model) === "jsonb" ? `${quote(name)} jsonb_path_ops` : quote(name);
  return [
    ...indexesOf(collection).map(({ unique, keys }) =>
      indexOn(collection, unique ? "UNIQUE INDEX" : "INDEX", keys, `(${keys.map(key).join(", ")})`),
    ),
    // Without the list of what is still to be sorted in, which everybody who writes adds to and everybody who looks an item up goes
    // through: serializable transactions that have nothing in common would fail because of each other. For the many words of a text
    // that would cost too much.
    ...indexedListsOf(collection).map((name) =>
      indexOn(collection, "INDEX", [name], `USING gin (${items(name)})`, " WITH (fastupdate = off)"),
    ),
    ...(collection.searched.length === 0
      ? []
      : [indexOn(collection, "INDEX", ["words"], `USING gin (${quote(wordsColumn)})`)]),
  ];
}

/** An index; its name holds a hash of its definition, so that an index of that name is that index. */
function indexOn({ name: table }: CollectionModel, kind: string, keys: readonly string[], on: string, how = ""): Index {
  const form = `${kind} ${on}`;
  const name = shortName(`${table}_${keys.join("_").replaceAll("-", "desc_")}`, form);
  return {
    name,
    unique: kind.startsWith("UNIQUE"),
    columns: keys.map((key) => key.replace(/^-/, "")).filter((key) => key !== "id"),
    form,
    sql: `CREATE ${kind} ${quote(name)} ON ${quote(table)} ${on}${how}`,
    broken: false,
  };
}
