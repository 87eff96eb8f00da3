import type { Assembly } from "../operations/assemble.ts";
import { isCollection } from "../operations/present-output.ts";
import type { Action } from "../schema/action.ts";
import { Field, type Fields } from "../schema/field.ts";
import { objectSchema, outputSchema } from "../schema/json-schema.ts";
import { type CollectionNames, withNamedRecords } from "./collection-names.ts";
import { camelCase, type Components, pascalCase, type Part, schemaRef } from "./components.ts";
import type { Answer, Described, Writing } from "./operation-object.ts";

const methods = { GET: "get", POST: "post", PUT: "put", PATCH: "patch", DELETE: "delete" } as const;

/** The operation that an action is. */
export function actionPath(
  action: Action,
  names: ReadonlyMap<string, CollectionNames>,
  { operations }: Assembly,
  { components, identify, audienceOf }: Writing,
): Described {
  const inPath = new Set([...action.path.matchAll(/:([^/]+)/g)].map(([, name = ""]) => name));
  const method = methods[action.method];
  const bodiless = method === "get" || method === "delete";
  const inputs = Object.entries(action.input);
  const rest = Object.fromEntries(inputs.filter(([name]) => !inPath.has(name)));
  const spelled = inputs.filter(([name]) => inPath.has(name) || bodiless);
  const errors = operations.get(action.name)?.errors ?? [];
  return {
    method,
    path: `/api${action.path.replace(/:([^/]+)/g, "{$1}")}`,
    operationId: identify(camelCase(action.name)),
    tag: action.name.startsWith("auth.") ? "auth" : "actions",
    summary: (action.summary ?? `Runs ${action.name}`).replace(/\.$/, ""),
    audience: audienceOf(action.name),
    parameters: spelled.map(([name, field]) => inputParameter(name, field, inPath.has(name))),
    body: bodiless ? undefined : actionBody(action, rest, components),
    answers: { [String(action.status)]: answerOf(action, names, components) },
    // What an action does with the database may fail as the collections' own operations do.
    errors: [...errors, ...(spelled.length === 0 ? [] : (["invalid_query"] as const)), ...databaseErrors[method]],
    own: action.errors,
  };
}

const written = ["invalid_input", "not_found", "conflict", "precondition_failed", "too_large"] as const;
const databaseErrors = {
  get: ["not_found", "too_large"] as const,
  post: written,
  put: written,
  patch: written,
  delete: written,
};

/** An input that is part of the path or of the query. */
function inputParameter(name: string, field: Field, inPath: boolean): Part {
  const { default: given, presence } = field.modifiers;
  const list = field.type.family === "list";
  // What may be missing is left out of a query; it can't be spelled null.
  const schema = field.type.jsonSchema();
  return {
    name,
    in: inPath ? "path" : "query",
    ...(inPath || presence === "required" ? { required: true } : {}),
    ...(list ? { style: inPath ? "simple" : "form", explode: false } : {}),
    schema: given === undefined || typeof given === "function" ? schema : { ...schema, default: given },
  };
}

function actionBody(action: Action, fields: Fields, components: Components): Described["body"] {
  if (Object.keys(fields).length === 0) return undefined;
  const schema = objectSchema(fields, "input");
  const reference = components.define(`${pascalCase(action.name)}Input`, schema);
  return { types: ["application/json"], schema: reference, required: schema["required"] !== undefined };
}

function answerOf(action: Action, names: ReadonlyMap<string, CollectionNames>, components: Components): Answer {
  const headers = action.session === undefined ? [] : ["Set-Cookie"];
  const { output } = action;
  if (action.status === 204) return { description: "Done", headers };
  if (output === undefined) return { description: "Done", headers, schema: { type: "null" } };
  return { description: "What the action answers", headers, schema: outputOf(output, action.name, names, components) };
}

function outputOf(
  output: NonNullable<Action["output"]>,
  name: string,
  names: ReadonlyMap<string, CollectionNames>,
  components: Components,
): Part {
  if (output instanceof Field) return withNamedRecords(output.jsonSchema(), names);
  if (isCollection(output)) return schemaRef(names.get(output.name)?.record ?? output.name);
  return components.define(`${pascalCase(name)}Output`, withNamedRecords(outputSchema(output), names));
}
