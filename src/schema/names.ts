import { operators } from "./operators.ts";

const pattern = /^[a-z][a-zA-Z0-9]{0,62}$/;

/** Whether a name is a camelCase identifier that every protocol and every database can spell. */
export function isIdentifier(name: string): boolean {
  return pattern.test(name);
}

/** How {@link isIdentifier} is explained. */
export const identifierRule = "a camelCase identifier of at most 63 letters and digits";

/** Names of fields that Galley keeps in every record. */
export const systemNames: ReadonlySet<string> = new Set(["id", "createdAt", "updatedAt", "version"]);

/** First steps of paths below `/api` that are Galley's own. */
export const ownPaths: ReadonlySet<string> = new Set(["auth", "batch", "docs", "realtime", "graphql", "mcp"]);

/** Names with a meaning of their own in a record, in a predicate or in JavaScript. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...systemNames,
  ...operators,
  "and",
  "or",
  "not",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "increment",
]);
