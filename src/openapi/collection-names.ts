import type { CollectionModel } from "../schema/model.ts";
import { type Components, pascalCase, schemaRef, type Part } from "./components.ts";
import { singular } from "./singular.ts";

/** Names of a collection's schemas. */
export interface CollectionNames {
  /** A record: `Film`. */
  readonly record: string;
  /** A record as a query answers it, with what was included; the same as `record` where nothing can be. */
  readonly queried: string;
  readonly create: string;
  readonly replace: string;
  readonly patch: string;
  readonly where: string;
  readonly search: string;
  readonly page: string;
  readonly group: string;
}

/** Names the schemas of all collections; those of records first, so that no derived name takes one of them. */
export function nameCollections(
  collections: readonly CollectionModel[],
  components: Components,
): ReadonlyMap<string, CollectionNames> {
  const records = collections.map(({ name }) => components.reserve(pascalCase(singular(name))));
  return new Map(
    collections.map((collection, index) => {
      const record = records[index] ?? "";
      const names = {
        record,
        queried: collection.relations.size === 0 ? record : components.reserve(`${record}WithRelations`),
        create: components.reserve(`${record}Create`),
        replace: components.reserve(`${record}Replace`),
        patch: components.reserve(`${record}Patch`),
        where: components.reserve(`${record}Where`),
        search: components.reserve(`${record}Search`),
        page: components.reserve(`${record}Page`),
        group: components.reserve(`${record}Group`),
      };
      return [collection.name, names];
    }),
  );
}

/** The schema of an output with its references to records, which the field `record()` spells by collection, spelled as they are named here. */
export function withNamedRecords(schema: Part, names: ReadonlyMap<string, CollectionNames>): Part {
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    const reference = "$ref" in value && typeof value.$ref === "string" ? value.$ref : "";
    const known = names.get(reference.replace("#/components/schemas/", ""));
    if (known !== undefined) return schemaRef(known.record);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rename(inner)]));
  };
  return rename(schema) as Part;
}
