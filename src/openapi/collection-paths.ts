import type { Assembly } from "../operations/assemble.ts";
import type { Verb } from "../operations/operation.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { CollectionNames } from "./collection-names.ts";
import { camelCase, schemaRef } from "./components.ts";
import type { Described, Writing } from "./operation-object.ts";
import { queryParameters } from "./query-parameters.ts";

const json = ["application/json"];
const patchTypes = ["application/merge-patch+json", "application/json"];
const writeErrors = ["not_found", "conflict"] as const;

/** The operations of a collection, in the order of the reference. */
export function collectionPaths(
  collection: CollectionModel,
  names: CollectionNames,
  { operations }: Assembly,
  { components, identify, audienceOf }: Writing,
): Described[] {
  const { name } = collection;
  const parameters = queryParameters(collection, names, components);
  const record = schemaRef(names.record);
  const id = collection.fields.get("id")?.type.jsonSchema() ?? { type: "string" };
  const one = [{ name: "id", in: "path", required: true, description: `Id of a record of ${name}`, schema: id }];
  const ifMatch = { $ref: "#/components/parameters/IfMatch" };
  const noContent = { "204": { description: "Done" } };

  const described = (verb: Verb): Pick<Described, "tag" | "operationId" | "summary" | "errors" | "audience"> => {
    const operation = operations.get(`${name}.${verb}`);
    const summary = (operation?.summary ?? verb).replace(/\.$/, "");
    return {
      tag: name,
      operationId: identify(camelCase(`${name}.${verb}`)),
      summary,
      audience: audienceOf(`${name}.${verb}`),
      errors: operation?.errors ?? [],
    };
  };
  const body = (schema: string, types = json): Described["body"] => ({
    types,
    schema: schemaRef(schema),
    required: true,
  });
  const found = { description: "The record", headers: ["ETag"], schema: schemaRef(names.queried) };
  const changed = { description: "The record as it is now", headers: ["ETag"], schema: record };
  const made = { description: "The new record", headers: ["ETag", "Location"], schema: record };
  const page = { description: "One page; `next` leads to the one after it", schema: schemaRef(names.page) };
  const create = described("create");

  return [
    {
      ...described("list"),
      method: "get",
      path: `/api/${name}`,
      description: `All conditions must hold. A parameter may also lead through relations, as in \`field.of.another[op]\`.`,
      parameters: parameters.list,
      answers: { "200": page },
    },
    {
      ...create,
      method: "post",
      path: `/api/${name}`,
      description: "An array creates all or none.",
      parameters: [],
      body: {
        types: json,
        schema: { oneOf: [schemaRef(names.create), { type: "array", items: schemaRef(names.create), maxItems: 1000 }] },
        required: true,
      },
      answers: {
        "201": {
          ...made,
          description: "The new record, or all new records of an array (then without ETag and Location)",
          schema: {
            oneOf: [
              record,
              {
                type: "object",
                properties: { data: { type: "array", items: record } },
                required: ["data"],
                additionalProperties: false,
              },
            ],
          },
        },
      },
      errors: [...create.errors, ...(operations.get(`${name}.createMany`)?.errors ?? []), ...writeErrors],
    },
    {
      ...described("list"),
      operationId: identify(camelCase(`${name}.search`)),
      summary: `Lists ${name} by a query in JSON`,
      method: "post",
      reads: true,
      path: `/api/${name}/search`,
      parameters: [],
      body: { types: json, schema: schemaRef(names.search), required: false },
      answers: { "200": page },
    },
    {
      ...described("aggregate"),
      method: "get",
      path: `/api/${name}/aggregate`,
      parameters: parameters.aggregate,
      answers: {
        "200": {
          description: "The groups; one of all records where no group is asked for",
          schema: {
            type: "object",
            properties: { data: { type: "array", items: schemaRef(names.group) } },
            required: ["data"],
            additionalProperties: false,
          },
        },
      },
    },
    {
      ...described("get"),
      method: "get",
      path: `/api/${name}/{id}`,
      parameters: [...one, ...parameters.view, { $ref: "#/components/parameters/IfNoneMatch" }],
      answers: { "200": found, "304": { description: "You have it already", headers: ["ETag"] } },
    },
    {
      ...described("replace"),
      method: "put",
      path: `/api/${name}/{id}`,
      parameters: [...one, ifMatch, { $ref: "#/components/parameters/OnlyNew" }],
      body: body(names.replace),
      answers: { "200": changed, "201": made },
    },
    {
      ...described("update"),
      method: "patch",
      path: `/api/${name}/{id}`,
      description: 'What isn\'t sent stays as it is. Numbers also take `{ "increment": n }`.',
      parameters: [...one, ifMatch],
      body: body(names.patch, patchTypes),
      answers: { "200": changed },
    },
    {
      ...described("delete"),
      method: "delete",
      path: `/api/${name}/{id}`,
      parameters: [...one, ifMatch],
      answers: noContent,
    },
  ];
}
