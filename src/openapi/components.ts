import type { JsonSchema } from "../schema/field-type.ts";

/** Plain data of a document. */
export type Part = JsonSchema;

/** What a document says once and refers to from many places. */
export interface Components {
  readonly schemas: Record<string, Part>;
  readonly parameters: Record<string, Part>;
  readonly responses: Record<string, Part>;
  readonly headers: Record<string, Part>;
  /** A name for a schema that no other has: the one that is wanted, or that one with a number. */
  reserve(wanted: string): string;
  /** Adds a schema and answers a reference to it; the same schema under the same name is added once. */
  define(wanted: string, schema: Part): Part;
}

/** Starts the components of a document. */
export function createComponents(): Components {
  const schemas: Record<string, Part> = {};
  const reserved = new Set<string>();
  const defined = new Map<string, Part>();

  function reserve(wanted: string): string {
    let name = wanted;
    for (let number = 2; reserved.has(name); number++) name = `${wanted}${number}`;
    reserved.add(name);
    return name;
  }

  return {
    schemas,
    parameters: {},
    responses: {},
    headers: {},
    reserve,
    define(wanted, schema) {
      const key = `${wanted} ${JSON.stringify(schema)}`;
      let known = defined.get(key);
      if (known === undefined) {
        const name = reserve(wanted);
        schemas[name] = schema;
        known = schemaRef(name);
        defined.set(key, known);
      }
      return known;
    },
  };
}

export function schemaRef(name: string): Part {
  return { $ref: `#/components/schemas/${name}` };
}

/** A name in PascalCase that generators of any language can use: `auth.signUp` to `AuthSignUp`, `out_of_stock` to `OutOfStock`. */
export function pascalCase(name: string): string {
  return name
    .split(/[._-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** A name as an identifier: `films.list` to `filmsList`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}
