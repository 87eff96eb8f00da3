import { type CollectionModel, type Model, refsOf } from "../../schema/model.ts";
import type {
  Column,
  Index,
  Reference,
  Schema,
  Table,
  WantedColumn,
  WantedSchema,
  WantedTable,
} from "../migration/schema.ts";
import { fieldOf } from "../sql/sql-builder.ts";
import { quote } from "../sql/sql-dialect.ts";
import type { Query } from "./postgres-connections.ts";
import { wordsColumn } from "./postgres-dialect.ts";
import { postgresIndexes } from "./postgres-indexes.ts";
import { isShortName, shortName } from "./postgres-names.ts";
import { declaredType, encodePostgres, postgresType } from "./postgres-types.ts";

/** The schema that a definition wants of PostgreSQL. */
export function wantedPostgres(model: Model): WantedSchema {
  return { tables: [...model.collections.values()].map((collection) => wantedTable(collection, model)) };
}

function wantedTable(collection: CollectionModel, model: Model): WantedTable {
  const { name, declaration, stored, searched } = collection;
  return {
    name,
    renamedFrom: declaration.renamedFrom,
    columns: stored.map((column) => wantedColumn(collection, column, model)),
    references: refsOf(declaration).map(({ name: column, target }) => ({
      column,
      target,
      name: shortName(`${name}_${column}_ref`, `${name} ${column} ${target}`),
    })),
    indexes: postgresIndexes(collection, model),
    words: searched,
  };
}

function wantedColumn(collection: CollectionModel, name: string, model: Model): WantedColumn {
  const field = fieldOf(collection, name);
  const { presence, default: given, renamedFrom } = field.modifiers;
  const type = postgresType(field, model);
  return {
    name,
    type: declaredType(type),
    required: presence !== "optional",
    fallback: given === undefined || typeof given === "function" ? undefined : defaultSql(given, type),
    renamedFrom,
  };
}

function defaultSql(given: unknown, type: ReturnType<typeof postgresType>): string {
  if (Array.isArray(given) && type !== "jsonb") return `ARRAY[${given.map(literal).join(", ")}]::${type}`;
  return `${literal(encodePostgres(given, type))}::${type}`;
}

/** A text as SQL spells it. */
export function literal(value: unknown): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** What a database holds where new tables go, and the names there that Galley has not made. */
export async function readPostgres(
  query: Query,
): Promise<{ readonly schema: Schema; readonly foreign: readonly string[] }> {
  const here = "c.relnamespace = to_regnamespace(quote_ident(current_schema()))";
  const relations = await query({
    text: `SELECT c.relname FROM pg_class c WHERE ${here} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    values: [],
  });
  const columns = await query({
    text: `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), l.collname, a.attnotnull, col_description(c.oid, a.attnum)
           FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation l ON l.oid = a.attcollation
           WHERE ${here} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum`,
    values: [],
  });
  const references = await query({
    text: `SELECT c.relname, a.attname, t.relname, f.conname FROM pg_constraint f
           JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]
           WHERE ${here} AND f.contype = 'f' ORDER BY c.relname, f.conname`,
    values: [],
  });
  // An index whose making broke off is there and is of no use.
  const indexes = await query({
    text: `SELECT c.relname, i.relname, x.indisunique, pg_get_indexdef(x.indexrelid), x.indisvalid,
             (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY k(attnum, n)
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum)
           FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
           WHERE ${here} AND NOT x.indisprimary ORDER BY c.relname, i.relname`,
    values: [],
  });
  const tables = [...Map.groupBy(columns, ([table]) => String(table))].flatMap(([name, rows]): Table[] => {
    const all = rows.map(columnFrom);
    if (!isOwn(all)) return [];
    const words = rows.find(([, column]) => column === wordsColumn)?.[5];
    return [
      {
        name,
        columns: all.filter((column) => column.name !== wordsColumn),
        references: references.filter(([table]) => table === name).map(referenceFrom),
        indexes: indexes.filter(([table, index]) => table === name && isShortName(String(index), name)).map(indexFrom),
        words: typeof words === "string" ? words.split(",") : words === undefined ? [] : ["*"],
      },
    ];
  });
  const names = relations.map(([name]) => String(name));
  return { schema: { tables }, foreign: names.filter((name) => !tables.some((table) => table.name === name)) };
}

/** Whether a table is one of a collection: others may keep tables of their own in the same schema. */
function isOwn(columns: readonly Column[]): boolean {
  return ["id", "createdAt", "updatedAt", "version"].every((name) => columns.some((one) => one.name === name));
}

function columnFrom([, name, type, collation, required]: readonly unknown[]): Column {
  const short = String(type).replace("timestamp(3) with time zone", "timestamptz(3)");
  return {
    name: String(name),
    type: collation === "C" && short === "text" ? 'text COLLATE "C"' : short,
    required: required === "t",
  };
}

function referenceFrom([, column, target, name]: readonly unknown[]): Reference {
  return { column: String(column), target: String(target), name: String(name) };
}

function indexFrom([, name, unique, sql, valid, columns]: readonly unknown[]): Index {
  const text = unqualified(String(sql));
  return {
    name: String(name),
    unique: unique === "t",
    columns: (typeof columns === "string" ? columns.split(",") : []).filter((column) => column !== "id"),
    form: formOf(text),
    sql: text,
    broken: valid !== "t",
  };
}

/** `CREATE INDEX name ON schema.table USING btree (title NULLS FIRST, id)` without the schema. */
export function unqualified(sql: string): string {
  return sql.replace(/ ON (ONLY )?("[^"]+"|\w+)\.(?=\S+ USING )/, " ON ");
}

/** An index as PostgreSQL spells it, in the spelling of {@link postgresIndexes}. */
function formOf(sql: string): string {
  const [, kind = "", method = "", keys = ""] =
    /^CREATE ((?:UNIQUE )?INDEX) .* USING (\w+) \((.*?)\)(?: WITH .*)?$/.exec(sql) ?? [];
  const spelled = keys.split(", ").map((key) => {
    const [, column = "", rest = ""] = /^"?(\w+)"?(.*)$/.exec(key) ?? [];
    return `${quote(column)}${rest === " NULLS FIRST" ? " ASC NULLS FIRST" : rest}`;
  });
  return `${kind} ${method === "btree" ? "" : `USING ${method} `}(${spelled.join(", ")})`;
}
