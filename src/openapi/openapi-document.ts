import type { Assembly } from "../operations/assemble.ts";
import { actionPath } from "./action-paths.ts";
import { createAudiences } from "./audience.ts";
import { batchPath } from "./batch-path.ts";
import { nameCollections } from "./collection-names.ts";
import { collectionPaths } from "./collection-paths.ts";
import { addCollectionSchemas } from "./collection-schemas.ts";
import { createComponents, type Part } from "./components.ts";
import { addSharedParts, operationObject, type Writing } from "./operation-object.ts";
import { createProblemResponses } from "./problem-responses.ts";

/** An OpenAPI description, as plain data. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly Part[];
  readonly tags: readonly Part[];
  /** Operations by path and lower-case method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Part>>>>;
  readonly components: Part;
}

const securitySchemes = {
  bearer: { type: "http", scheme: "bearer", description: "The token that signing in answers." },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "session",
    description:
      "The cookie that signing in sets; over TLS it is called __Host-session. A request that changes something must come from the same origin, or carry the header field X-CSRF-Token with any value.",
  },
};

/**
 * Describes every operation of a backend, with its schemas, errors and security: OpenAPI 3.1.
 *
 * @example
 * await writeFile("openapi.json", JSON.stringify(openApiDocument(assemble(backend))));
 */
export function openApiDocument(assembly: Assembly): OpenApiDocument {
  const { backend, model, operations } = assembly;
  const components = createComponents();
  const identifiers = createComponents();
  const writing: Writing = {
    components,
    problems: createProblemResponses(components),
    identify: (name) => identifiers.reserve(name),
    audienceOf: createAudiences(assembly),
  };
  addSharedParts(components);

  const collections = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
  const names = nameCollections(collections, components);
  for (const collection of collections) addCollectionSchemas(collection, names, components);
  const actions = [...operations.values()].flatMap(({ action }) => (action === undefined ? [] : [action]));
  const described = [
    ...collections.flatMap((collection) => {
      const own = names.get(collection.name);
      return own === undefined ? [] : collectionPaths(collection, own, assembly, writing);
    }),
    ...actions.map((action) => actionPath(action, names, assembly, writing)),
    batchPath(operations, writing),
  ];

  const paths: Record<string, Record<string, Part>> = {};
  for (const operation of described) {
    (paths[operation.path] ??= {})[operation.method] = operationObject(operation, writing);
  }
  const { schemas, parameters, responses, headers } = components;
  return {
    openapi: "3.1.0",
    info: { title: backend.name, version: backend.version, description: introduction },
    servers: [{ url: "/" }],
    tags: tagsOf(
      collections.map(({ name }) => name),
      actions.some(({ name }) => !name.startsWith("auth.")),
    ),
    paths,
    components: { schemas, parameters, responses, headers, securitySchemes },
  };
}

const introduction = [
  "Bodies are JSON in UTF-8. Errors are problem details (RFC 9457), always of one shape.",
  "What isn't known, a parameter or a field, is refused and never ignored.",
  "Times are RFC 3339 in UTC, money is a whole number of minor units, a missing value is null.",
].join(" ");

function tagsOf(collections: readonly string[], hasActions: boolean): Part[] {
  return [
    { name: "auth", description: "Sign up, sign in, sign out." },
    ...(hasActions ? [{ name: "actions", description: "What this application does beside keeping records." }] : []),
    ...collections.map((name) => ({ name, description: `Records of ${name}.` })),
    { name: "batch", description: "Many operations in one transaction." },
  ];
}
