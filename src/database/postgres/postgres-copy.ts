import { quote } from "../sql/sql-dialect.ts";
import { unqualified } from "./postgres-schema.ts";
import type { SchemaSession } from "./postgres-session.ts";

const here = "c.relnamespace = to_regnamespace(quote_ident(current_schema()))";

/**
 * Copies what is where new tables go into a new schema, and makes that the place where tables are looked for first: tables with
 * their records, constraints and indexes, triggers and views. What is not copied, such as functions, is found where it was.
 */
export async function copySchema({ query, run }: SchemaSession, name: string): Promise<void> {
  const ask = async (text: string): Promise<string[][]> =>
    (await query({ text, values: [] })).map((row) => row.map(String));
  // Read before the schema changes: names that are seen from here are spelled without one.
  const [[from = "", path = ""] = []] = await ask("SELECT current_schema(), current_setting('search_path')");
  const tables = await ask(
    `SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE ${here} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.oid, c.relname`,
  );
  const constraints = await ask(
    `SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE ${here} AND k.contype IN ('p', 'u', 'x', 'f') AND NOT c.relispartition ORDER BY k.contype = 'f'`,
  );
  const indexes = await ask(
    `SELECT pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
     WHERE ${here} AND NOT c.relispartition AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))`,
  );
  const views = await ask(
    `SELECT c.relname, pg_get_viewdef(c.oid), c.relkind FROM pg_class c WHERE ${here} AND c.relkind IN ('v', 'm') ORDER BY c.oid`,
  );
  const triggers = await ask(
    `SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE ${here} AND NOT t.tgisinternal AND NOT c.relispartition`,
  );

  await run(`CREATE SCHEMA ${quote(name)}`);
  await run(`SET LOCAL search_path = ${quote(name)}${path === "" ? "" : `, ${path}`}`);
  for (const [table = "", columns = ""] of tables) {
    const source = `${quote(from)}.${quote(table)}`;
    await run(`CREATE TABLE ${quote(table)} (LIKE ${source} INCLUDING ALL EXCLUDING INDEXES)`);
    await run(`INSERT INTO ${quote(table)} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${source}`);
  }
  for (const [table = "", constraint = "", definition = ""] of constraints)
    await run(`ALTER TABLE ${quote(table)} ADD CONSTRAINT ${quote(constraint)} ${definition}`);
  for (const [index = ""] of indexes) await run(unqualified(index));
  for (const [view = "", definition = "", kind] of views)
    await run(`CREATE ${kind === "m" ? "MATERIALIZED VIEW" : "VIEW"} ${quote(view)} AS ${definition}`);
  for (const [trigger = ""] of triggers) await run(trigger);
}
