import type { JsonView } from "../engine.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { fieldOf, type SqlBuilder } from "./sql-builder.ts";
import { quote, type SqlDialect } from "./sql-dialect.ts";

/** Most fields of one object: databases take so many arguments in a call. */
const mostFields = 48;

/** Whether the database can write records of this look. */
export function canWriteJson<Value>(
  collection: CollectionModel,
  view: JsonView,
  dialect: SqlDialect<Value>,
  model: Model,
): boolean {
  return (
    dialect.json !== undefined &&
    view.fields.length + view.include.length <= mostFields &&
    view.include.every((include) => {
      const relation = collection.relations.get(include.relation);
      return relation?.kind === "one" && canWriteJson(model.collection(relation.target), include.view, dialect, model);
    })
  );
}

/** A record of the table `alias` as a JSON object, with those that it refers to inside. */
export function jsonSql<Value>(
  collection: CollectionModel,
  view: JsonView,
  alias: string,
  parts: { readonly model: Model; readonly dialect: SqlDialect<Value>; readonly builder: SqlBuilder<Value> },
): string {
  const { model, dialect, builder } = parts;
  const { json } = dialect;
  if (json === undefined) throw new Error("This database does not write JSON.");
  const included = new Map(view.include.map((include) => [include.relation, include]));
  const members = view.fields.map((name) => {
    const include = included.get(name);
    const column = `${alias}.${quote(name)}`;
    if (include === undefined) return { name, value: json.value(column, fieldOf(collection, name)) };
    const target = model.collection(collection.relations.get(name)?.target ?? "");
    const other = builder.alias();
    const inner = jsonSql(target, include.view, other, parts);
    const visible = include.where.kind === "always" ? "" : ` AND ${builder.where(include.where, target, other)}`;
    const from = `FROM ${quote(target.name)} ${other} WHERE ${other}."id" = ${column}${visible}`;
    return { name, value: `(SELECT ${inner} ${from})` };
  });
  return json.object(members);
}
