import type { Collection } from "./collection.ts";
import type { Field, Fields } from "./field.ts";
import { isHidden } from "./field.ts";
import { type JsonSchema, orNull } from "./field-type.ts";
import { systemNames } from "./names.ts";
import type { Mode } from "./validator.ts";

/** What a replacing record may carry because it was answered so; it is not looked at. */
const ignored: JsonSchema = { readOnly: true, description: "Kept by the server; ignored when it is sent" };

/** The JSON Schema (2020-12) of what is sent for some fields. */
export function objectSchema(fields: Fields, mode: Mode): JsonSchema {
  const entries = Object.entries(fields);
  const sendable = entries.filter(([, field]) => field.modifiers.presence !== "computed");
  const computed = entries.filter(([, field]) => field.modifiers.presence === "computed");
  const answered = mode === "replace" ? [...systemNames, ...computed.map(([name]) => name)] : [];
  const required = mode === "patch" ? [] : sendable.filter(([, field]) => field.modifiers.presence === "required");
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(
        sendable.map(([name, field]) => [name, mode === "patch" ? patchSchema(field) : inputSchema(field)]),
      ),
      ...Object.fromEntries(answered.map((name) => [name, ignored])),
    },
    ...(required.length === 0 ? {} : { required: required.map(([name]) => name) }),
    additionalProperties: false,
  };
}

/** The JSON Schema of a record as clients see it. */
export function recordSchema(collection: Collection): JsonSchema {
  const shown = Object.entries(collection.fields).filter(([, field]) => !isHidden(field));
  const always = shown.filter(([, field]) => field.modifiers.readable === undefined).map(([name]) => name);
  return {
    type: "object",
    properties: {
      id: { ...(collection.id?.jsonSchema() ?? { type: "string", format: "uuid" }), readOnly: true },
      ...Object.fromEntries(shown.map(([name, field]) => [name, field.jsonSchema()])),
      createdAt: { type: "string", format: "date-time", readOnly: true },
      updatedAt: { type: "string", format: "date-time", readOnly: true },
      version: { type: "integer", minimum: 1, readOnly: true },
    },
    required: ["id", ...always, "createdAt", "updatedAt", "version"],
    additionalProperties: false,
  };
}

/** The JSON Schema of an action's object output. */
export function outputSchema(fields: Fields): JsonSchema {
  const shown = Object.entries(fields).filter(([, field]) => !isHidden(field));
  return {
    type: "object",
    properties: Object.fromEntries(shown.map(([name, field]) => [name, field.jsonSchema()])),
    required: shown.map(([name]) => name),
    additionalProperties: false,
  };
}

function inputSchema(field: Field): JsonSchema {
  const schema = field.jsonSchema();
  const given = field.modifiers.default;
  const withDefault = given === undefined || typeof given === "function" ? schema : { ...schema, default: given };
  return isHidden(field) ? { ...withDefault, writeOnly: true } : withDefault;
}

function patchSchema(field: Field): JsonSchema {
  const schema = field.type.family === "object" ? mergeSchema(field) : field.jsonSchema();
  const marked = isHidden(field) ? { ...schema, writeOnly: true } : schema;
  if (field.type.family !== "number") return marked;
  const increment = {
    type: "object",
    properties: { increment: { type: field.type.storage === "integer" ? "integer" : "number" } },
    required: ["increment"],
    additionalProperties: false,
  };
  return { anyOf: [marked, increment] };
}

/** What is merged into an object: some of its fields, null to take one away (RFC 7396). */
function mergeSchema(field: Field): JsonSchema {
  const properties = Object.entries(field.type.options.fields as Fields).map(([name, inner]): [string, JsonSchema] => [
    name,
    orNull(inner.type.family === "object" ? mergeSchema(inner) : inner.type.jsonSchema()),
  ]);
  const schema = { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
  return field.modifiers.presence === "optional" ? orNull(schema) : schema;
}
