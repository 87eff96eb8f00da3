import { aggregateFunctions } from "../query/query.ts";
import { type Field, type Fields, isHidden } from "../schema/field.ts";
import { orNull } from "../schema/field-type.ts";
import { objectSchema, recordSchema } from "../schema/json-schema.ts";
import type { CollectionModel } from "../schema/model.ts";
import { recordId } from "../schema/record-id.ts";
import type { CollectionNames } from "./collection-names.ts";
import { type Components, pascalCase, type Part, schemaRef } from "./components.ts";
import { conditionSchema, filtersOf } from "./filters.ts";
import { includeNote, shownNames, sortNames } from "./query-parameters.ts";

/** Adds the schemas of a collection: its record, what is sent for one, and its queries. */
export function addCollectionSchemas(
  collection: CollectionModel,
  all: ReadonlyMap<string, CollectionNames>,
  components: Components,
): void {
  const { declaration } = collection;
  const names = all.get(collection.name);
  if (names === undefined) return;
  const sent: Fields =
    declaration.id === undefined ? declaration.fields : { id: recordId(declaration.id), ...declaration.fields };
  const add = (name: string, schema: Part): void => void (components.schemas[name] = schema);
  const record = recordSchema(declaration);
  add(names.record, record);
  if (names.queried !== names.record) add(names.queried, queriedSchema(collection, record, all));
  add(names.create, objectSchema(sent, "create"));
  add(names.replace, objectSchema(declaration.fields, "replace"));
  add(names.patch, objectSchema(declaration.fields, "patch"));
  add(names.where, whereSchema(collection, all, components));
  add(names.search, searchSchema(collection, names));
  add(names.page, {
    type: "object",
    properties: {
      data: { type: "array", items: schemaRef(names.queried) },
      next: { type: ["string", "null"], description: "What after takes for the next page; null on the last one" },
      total: { type: "integer", minimum: 0, description: "All matches, where total=true was asked" },
    },
    required: ["data", "next"],
    additionalProperties: false,
  });
  add(names.group, groupSchema(collection));
}

/** A path through relations, objects and JSON, in one key. */
const dotted = { "^[a-z][A-Za-z0-9]*(\\.[A-Za-z0-9_-]+)+$": {} };

/** A record in whose references other records may stand. */
function queriedSchema(collection: CollectionModel, record: Part, all: ReadonlyMap<string, CollectionNames>): Part {
  const properties: Record<string, Part> = { ...(record["properties"] as Record<string, Part>) };
  for (const { name, kind, target } of collection.relations.values()) {
    const names = all.get(target);
    const own = properties[name];
    if (names === undefined) continue;
    const included = schemaRef(names.queried);
    if (kind === "many") {
      properties[name] = { type: "array", items: included, description: `Only with include=${name}` };
    } else if (own !== undefined) {
      const { description: id, ...bare } = own;
      const note = `${String(id)}; the record itself, or null where it can't be seen, with include=${name}`;
      properties[name] = { anyOf: [orNull(bare), included], description: note };
    }
  }
  return {
    ...record,
    description: `What ${collection.name} answers to queries: the record, with others in the place of references where include asks for it. With select it has the id and the selected fields only.`,
    properties,
  };
}

/** Conditions in JSON. */
function whereSchema(
  collection: CollectionModel,
  all: ReadonlyMap<string, CollectionNames>,
  components: Components,
): Part {
  const self = schemaRef(all.get(collection.name)?.where ?? "");
  const properties: Record<string, Part> = {};
  for (const { path, field, ruled } of filtersOf(collection)) {
    if (path.includes(".")) continue;
    const schema = placeSchema(field, components);
    properties[path] = ruled ? { ...schema, description: "Only for who may read the field" } : schema;
  }
  for (const { name, target } of collection.relations.values()) {
    const names = all.get(target);
    if (names === undefined) continue;
    const onward = schemaRef(names.where);
    properties[name] = properties[name] === undefined ? onward : { anyOf: [properties[name], onward] };
  }
  return {
    type: "object",
    description: "Conditions that all must hold. A dotted path leads into objects and through relations.",
    properties: {
      ...properties,
      and: { type: "array", items: self },
      or: { type: "array", items: self },
      not: self,
    },
    patternProperties: dotted,
    additionalProperties: false,
  };
}

/** What may stand at a place in conditions: what it compares with, or conditions on what is inside. */
function placeSchema(field: Field, components: Components): Part {
  const { family, name, options } = field.type;
  if (family === "json") return { description: "A value, operators, or conditions on what is inside" };
  if (family === "object") {
    const inside = Object.entries(options.fields as Fields)
      .filter(([, inner]) => inner.type.family !== "none")
      .map(([inner, type]) => [inner, placeSchema(type, components)]);
    return {
      type: "object",
      properties: { ...Object.fromEntries(inside), isNull: { type: "boolean" } },
      patternProperties: dotted,
      additionalProperties: false,
    };
  }
  const condition = conditionSchema(field);
  // Choices and lists differ from field to field; all other conditions are said once.
  if (family === "list" || options.choices !== undefined) return condition;
  const kind = family === "number" ? "number" : ["ref", "slug"].includes(name) ? "text" : name;
  return components.define(`${pascalCase(kind)}Condition`, condition);
}

/** A list as the body of a request. */
function searchSchema(collection: CollectionModel, names: CollectionNames): Part {
  const list = (from: readonly string[]): Part => ({ type: "array", items: { type: "string", enum: from } });
  const relations = [...collection.relations.keys()];
  return {
    type: "object",
    properties: {
      where: schemaRef(names.where),
      ...(collection.searched.length === 0
        ? {}
        : {
            search: {
              type: "string",
              maxLength: 500,
              description: `Words to find in ${collection.searched.join(", ")}`,
            },
          }),
      sort: { ...list(sortNames(collection)), description: "A minus in front is descending" },
      limit: { type: "integer", minimum: 1, maximum: 200, default: 20 },
      after: { type: "string", description: "The next of the page before" },
      select: list(shownNames(collection)),
      ...(relations.length === 0
        ? {}
        : { include: { type: "array", items: { type: "string" }, maxItems: 10, description: includeNote(relations) } }),
      total: { type: "boolean", default: false },
    },
    additionalProperties: false,
  };
}

/** One group of an aggregate. */
function groupSchema(collection: CollectionModel): Part {
  const nameable = filtersOf(collection).filter(({ path }) => !path.includes("."));
  const having = (...families: readonly string[]): typeof nameable =>
    nameable.filter(({ field }) => families.includes(field.type.family));
  const figure = (name: string): Part => {
    const fields = having("number", ...(name === "sum" || name === "avg" ? [] : ["text"]));
    const value = (field: (typeof fields)[number]["field"]): Part => {
      const whole = field.type.storage === "integer" && name !== "avg";
      return { type: [field.type.family === "text" ? "string" : whole ? "integer" : "number", "null"] };
    };
    return {
      type: "object",
      properties: Object.fromEntries(fields.map(({ path, field }) => [path, value(field)])),
      additionalProperties: false,
    };
  };
  const keys = having("text", "number", "boolean").filter(
    ({ path, field }) => !isHidden(field) && path !== "count" && !aggregateFunctions.some((one) => one === path),
  );
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(keys.map(({ path, field }) => [path, orNull(field.type.jsonSchema())])),
      count: { type: "integer", minimum: 0 },
      ...Object.fromEntries(aggregateFunctions.map((name) => [name, figure(name)])),
    },
    required: ["count", ...aggregateFunctions],
    additionalProperties: false,
  };
}
