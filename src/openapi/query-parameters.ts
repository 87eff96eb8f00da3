import { aggregateFunctions } from "../query/query.ts";
import { aggregateParameters, listParameters, viewParameters } from "../query/query-parser.ts";
import { isHidden } from "../schema/field.ts";
import type { CollectionModel } from "../schema/model.ts";
import type { CollectionNames } from "./collection-names.ts";
import { type Components, type Part, schemaRef } from "./components.ts";
import { type Filter, filtersOf, operandSchema, operatorsFor } from "./filters.ts";

/** A parameter before it has a place among the components. */
interface Parameter extends Part {
  readonly name: string;
}

/** The query parameters of a collection's routes, as references to components. */
export interface QueryParameters {
  readonly list: readonly Part[];
  readonly view: readonly Part[];
  readonly aggregate: readonly Part[];
}

/** Comma lists: one parameter with all values, not one for each. */
const commas = { style: "form", explode: false };

/** Adds the query parameters of a collection to the components. */
export function queryParameters(
  collection: CollectionModel,
  names: CollectionNames,
  components: Components,
): QueryParameters {
  const own = ownParameters(collection, names);
  const filters = filtersOf(collection).map(filterParameters);

  function reference(parameter: Parameter): Part {
    const wanted = `${names.record}.${parameter.name.replace(/\[(\w+)\]$/, ".$1")}`;
    const known = components.parameters[wanted];
    // A field may be called like a parameter that only some routes have: there the bare name is the field's.
    const isOther = known !== undefined && JSON.stringify(known) !== JSON.stringify(parameter);
    const key = isOther ? `${wanted}.value` : wanted;
    components.parameters[key] = parameter;
    return { $ref: `#/components/parameters/${key}` };
  }

  /** A field that is called like a parameter is compared by `name[eq]` alone. */
  function offered(known: ReadonlySet<string>): Part[] {
    const conditions = filters.flatMap(({ bare, spelled, others }) => [
      ...(bare === undefined ? [] : [known.has(bare.name) ? spelled : bare]),
      ...others,
    ]);
    return [...own.filter(({ name }) => known.has(name)), ...conditions.filter(isSpelled)].map(reference);
  }

  return {
    list: offered(listParameters),
    view: own.filter(({ name }) => viewParameters.has(name)).map(reference),
    aggregate: offered(aggregateParameters),
  };
}

function isSpelled(parameter: Parameter | undefined): parameter is Parameter {
  return parameter !== undefined;
}

interface FilterParameters {
  /** `price`. */
  readonly bare: Parameter | undefined;
  /** The same as `price[eq]`. */
  readonly spelled: Parameter | undefined;
  readonly others: readonly Parameter[];
}

function filterParameters({ path, field, ruled }: Filter): FilterParameters {
  const note = ruled ? { description: "Only for who may read the field." } : {};
  const all = operatorsFor(field).map((operator): [string, Parameter] => {
    const list = operator === "in" || operator === "nin" ? commas : {};
    return [
      operator,
      { name: `${path}[${operator}]`, in: "query", ...note, ...list, schema: operandSchema(field, operator) },
    ];
  });
  const spelled = all.find(([operator]) => operator === "eq")?.[1];
  return {
    bare: spelled && { ...spelled, name: path },
    spelled,
    others: all.filter(([operator]) => operator !== "eq").map(([, parameter]) => parameter),
  };
}

/** The parameters with a meaning of their own. */
function ownParameters(collection: CollectionModel, names: CollectionNames): Parameter[] {
  const nameable = filtersOf(collection).filter(({ path }) => !path.includes("."));
  const having = (...families: readonly string[]): string[] =>
    nameable.filter(({ field }) => families.includes(field.type.family)).map(({ path }) => path);
  const parameter = (name: string, description: string, schema: Part, more: Part = {}): Parameter => ({
    name,
    in: "query",
    description,
    ...more,
    schema,
  });
  const namesOf = (name: string, description: string, from: readonly string[]): Parameter[] => {
    const items = { type: "string", enum: from };
    return from.length === 0 ? [] : [parameter(name, description, { type: "array", items }, commas)];
  };
  const groups = having("text", "number", "boolean").filter(
    (name) => name !== "count" && !aggregateFunctions.some((figure) => figure === name),
  );
  const relations = [...collection.relations.keys()];
  return [
    parameter(
      "where",
      "Conditions as JSON, with and, or, not: all that the parameters named after fields say, and more.",
      {
        type: "string",
        contentMediaType: "application/json",
        contentSchema: schemaRef(names.where),
      },
    ),
    ...(collection.searched.length === 0
      ? []
      : [
          parameter("search", `Words to find in ${collection.searched.join(", ")}.`, {
            type: "string",
            maxLength: 500,
          }),
        ]),
    ...namesOf("sort", "Fields to sort by; a minus in front is descending.", sortNames(collection)),
    parameter("limit", "Most records of the page.", { type: "integer", minimum: 1, maximum: 200, default: 20 }),
    parameter("after", "The next of the page before.", { type: "string" }),
    ...namesOf(
      "select",
      "Fields to answer beside the id. The others are left out, even where the schema of the answer requires them.",
      shownNames(collection),
    ),
    ...(relations.length === 0
      ? []
      : [
          parameter(
            "include",
            includeNote(relations),
            { type: "array", items: { type: "string" }, maxItems: 10 },
            commas,
          ),
        ]),
    parameter("total", "Whether to count all matches.", { type: "boolean", default: false }),
    ...namesOf("group", "Fields whose values make a group.", groups),
    ...namesOf("sum", "Fields to add up.", having("number")),
    ...namesOf("avg", "Fields to average.", having("number")),
    ...namesOf("min", "Fields to find the least of.", having("text", "number")),
    ...namesOf("max", "Fields to find the greatest of.", having("text", "number")),
  ];
}

/** What `include` takes, for people. */
export function includeNote(relations: readonly string[]): string {
  return `Records to answer in the place of references: ${relations.join(", ")}; further with dots, such as a.b.`;
}

/** What `sort` may name. */
export function sortNames(collection: CollectionModel): string[] {
  return filtersOf(collection)
    .filter(({ path, field }) => !path.includes(".") && ["text", "number", "boolean"].includes(field.type.family))
    .flatMap(({ path }) => [path, `-${path}`]);
}

/** What `select` may name. */
export function shownNames(collection: CollectionModel): string[] {
  return [...collection.fields].filter(([, field]) => !isHidden(field)).map(([name]) => name);
}
