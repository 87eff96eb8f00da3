import { Field } from "../../schema/field.ts";
import type { Model } from "../../schema/model.ts";

/** Column types that are used. */
export type PostgresType =
  | "uuid"
  | "timestamptz"
  | "date"
  | "text"
  | "bigint"
  | "double precision"
  | "boolean"
  | "jsonb"
  | "text[]"
  | "bigint[]"
  | "double precision[]"
  | "boolean[]";

/** The column type of a field; a ref has that of the id it holds. */
export function postgresType(field: Field, model: Model): PostgresType {
  const { name, storage, options } = field.type;
  if (options.target !== undefined) {
    const id = model.collections.get(options.target)?.fields.get("id");
    return id === undefined ? "uuid" : postgresType(id, model);
  }
  if (name === "uuid" || name === "date") return name;
  if (name === "timestamp") return "timestamptz";
  if (name === "list" && options.item instanceof Field) return listTypes[options.item.type.storage];
  return scalarTypes[storage];
}

const scalarTypes = {
  text: "text",
  integer: "bigint",
  real: "double precision",
  boolean: "boolean",
  json: "jsonb",
  none: "text",
} as const;

const listTypes = {
  text: "text[]",
  integer: "bigint[]",
  real: "double precision[]",
  boolean: "boolean[]",
  json: "jsonb",
  none: "jsonb",
} as const;

/** A column's declaration: times keep milliseconds, as they are answered; text is ordered by code points, as everywhere. */
export function declaredType(type: PostgresType): string {
  if (type === "timestamptz") return "timestamptz(3)";
  return type === "text" ? 'text COLLATE "C"' : type;
}

/** A value of a field as it is sent. */
export function encodePostgres(value: unknown, type: PostgresType): unknown {
  if (value === null || value === undefined) return null;
  return type === "jsonb" ? JSON.stringify(value) : value;
}

/** A value of a field from the text that PostgreSQL sends; arrays have been taken apart into texts. */
export function decodePostgres(value: unknown, type: PostgresType): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => decodePostgres(item, itemType(type)));
  const text = typeof value === "string" ? value : "";
  switch (type) {
    case "bigint":
    case "double precision":
      return Number(text);
    case "boolean":
      return text === "t";
    case "jsonb":
      return JSON.parse(text) as unknown;
    case "timestamptz":
      return timestampFrom(text);
    default:
      return text;
  }
}

function itemType(type: PostgresType): PostgresType {
  switch (type) {
    case "bigint[]":
      return "bigint";
    case "double precision[]":
      return "double precision";
    case "boolean[]":
      return "boolean";
    default:
      return "text";
  }
}

/** `2026-03-01 09:30:00.5+00`, as a session in UTC writes it, in RFC 3339 with milliseconds. */
function timestampFrom(text: string): string {
  const [, day = "", time = "", fraction = ""] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return `${day}T${time}.${fraction.padEnd(3, "0")}Z`;
}
