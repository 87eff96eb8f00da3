import { sqliteType } from "../../src/database/sqlite/sqlite-schema.ts";
import { declaredType, postgresType } from "../../src/database/postgres/postgres-types.ts";
import { operatorsFor } from "../../src/openapi/filters.ts";
import { users } from "../../src/index.ts";
import { exampleValue } from "../../src/schema/example-value.ts";
import { type Field, isField, isHidden } from "../../src/schema/field.ts";
import { createModel } from "../../src/schema/model.ts";
import { type FieldBuilder, fieldBuilders, readSource } from "./field-builders.ts";
import { code, page, table } from "./markdown.ts";
import { modifiersOf } from "./source-notes.ts";

/** `docs/reference/fields.md`: what every builder makes. */
export function fieldsPage(): string {
  const builders = fieldBuilders();
  return page(
    "# Fields",
    "What a field of a collection, of an action's input or of its output may be. How they go together: [the model](../model.md).",
    table(
      ["field", "JSON", "SQLite", "PostgreSQL"],
      builders.map(({ name, field }) => [`[\`${name}\`](#${name})`, jsonType(field), ...columnsOf(field)]),
    ),
    "The type of a `ref` is that of the id it holds, here one of `users`. In PostgreSQL a list is an array of its items' type, or `jsonb`.",
    "## Modifiers",
    "Every field has these; each answers a new field.",
    table(
      ["modifier", "meaning"],
      modifiersOf(readSource("schema/field.ts")).map(({ name, type, meaning }) => [`\`.${name}(${type})\``, meaning]),
    ),
    ...builders.map(section),
  );
}

function section({ name, note, options, program, field }: FieldBuilder): string {
  const given = [
    ...note.params.map((param) => param.name),
    ...(options.length === 0 ? [] : [`{ ${options.map((one) => one.name).join(", ")} }`]),
  ];
  const rows = [
    ...note.params.map((param) => [`\`${param.name}\``, "", "", param.meaning]),
    ...options.map((option) => [`\`${option.name}\``, `\`${option.type}\``, option.fallback, option.meaning]),
  ];
  const facts = [
    ["in JSON", jsonFact(field, name)],
    ["JSON Schema", `\`${JSON.stringify(shownOf(field).jsonSchema())}\``],
    ["SQLite, PostgreSQL", columnsOf(field).join(", ")],
    ["operators", operatorsText(field)],
  ];
  return [
    `## ${name}`,
    `\`${name}(${given.join(", ")})\``,
    note.words,
    ...(rows.length === 0 ? [] : [table(["option", "type", "default", "meaning"], rows)]),
    table(["of the example", ""], facts),
    code("ts", program),
  ].join("\n\n");
}

function jsonFact(field: Field, name: string): string {
  if (isHidden(field)) return "is in no answer";
  const value = exampleValue(shownOf(field), name, 1);
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  return field.type.name === "ref" ? "the id of a record" : "a record, as its collection answers it";
}

function jsonType(field: Field): string {
  const { type, $ref } = shownOf(field).type.jsonSchema();
  if (field.type.name === "computed") return "that of its result";
  return typeof type === "string" ? type : $ref === undefined ? "any but null" : "object";
}

/** The field whose values are seen: of a computed one, that of its result. */
function shownOf(field: Field): Field {
  const { item } = field.type.options;
  return field.type.name === "computed" && isField(item) ? item : field;
}

function columnsOf(field: Field): string[] {
  const { storage } = field.type;
  if (storage === "none") return ["not stored", "not stored"];
  const model = createModel([users()]);
  return [`\`${sqliteType(storage)}\``, `\`${declaredType(postgresType(field, model))}\``];
}

function operatorsText(field: Field): string {
  const operators = operatorsFor(field);
  return operators.length === 0
    ? "none"
    : operators.map((one) => `[\`${one}\`](operators.md#${one.toLowerCase()})`).join(" ");
}
