import { describe, expect, test } from "vitest";
import shop from "../examples/shop/backend.ts";
import { openApiDocument, type OpenApiDocument } from "../src/openapi/openapi-document.ts";
import { assemble, type Assembly } from "../src/operations/assemble.ts";
import { restRoutes } from "../src/rest/rest-routes.ts";
import { placesOf } from "../src/schema/action.ts";
import everyField from "./openapi/every-field.ts";
import { documentValidator, schemaValidator } from "./openapi/validate.ts";

const shopAssembly = assemble(shop);
const fieldAssembly = assemble(everyField);
const backends: [string, Assembly, OpenApiDocument][] = [
  ["the shop", shopAssembly, openApiDocument(shopAssembly)],
  ["every field", fieldAssembly, openApiDocument(fieldAssembly)],
];

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Content>>;
  readonly requestBody?: Content;
}
type Parameter = { readonly $ref: string } | { readonly name: string; readonly in: string; readonly schema: unknown };
interface Content {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

function operationsOf(document: OpenApiDocument): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation as unknown as Operation,
    ]),
  );
}

/** Follows a reference. */
function resolve<T>(document: OpenApiDocument, part: T): T {
  const reference = (part as { readonly $ref?: string }).$ref;
  if (reference === undefined) return part;
  return reference
    .slice(2)
    .split("/")
    .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document) as T;
}

describe.each(backends)("the document of %s", (_name, assembly, document) => {
  test("is valid against the official schema of OpenAPI 3.1", () => {
    const validate = documentValidator();
    validate(JSON.parse(JSON.stringify(document)));
    expect(validate.errors ?? []).toEqual([]);
  });

  test("has every route of REST, and no other", () => {
    const execute = () => Promise.reject(new Error("not called"));
    const spell = (method: string, path: string): string => `${method} ${path.replace(/:([^/]+)/g, "{$1}")}`;
    // An action that has a place of its own is described there alone.
    const others = assembly.backend.actions.flatMap((action) =>
      placesOf(action)
        .slice(1)
        .map(({ method, path }) => spell(method, `/api${path}`)),
    );
    const routes = restRoutes({ assembly, execute, bodyLimit: 1 })
      .map(({ method, path }) => spell(method, path))
      .filter((route) => !others.includes(route));
    expect(
      operationsOf(document)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(routes.toSorted());
  });

  test("refers to nothing that isn't there, and defines nothing that nobody refers to", () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, path]) => path));
    const defined = Object.entries(document.components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, parts]) => Object.keys(parts as object).map((name) => `${kind}/${name}`));
    expect([...references].filter((path) => !defined.includes(path ?? ""))).toEqual([]);
    // Errors that no single operation answers are defined all the same.
    const spare = defined.filter((path) => !references.has(path) && !path.startsWith("responses/"));
    expect(spare).toEqual([]);
  });

  test("gives every operation an identifier of its own", () => {
    const identifiers = operationsOf(document).map(([, { operationId }]) => operationId);
    expect(identifiers.filter((one) => !/^[a-z][A-Za-z0-9]*$/.test(one))).toEqual([]);
    expect(new Set(identifiers).size).toBe(identifiers.length);
  });

  test("declares each path parameter, and no parameter twice", () => {
    for (const [name, { parameters = [] }] of operationsOf(document)) {
      const spelled = parameters.map((one) => resolve(document, one) as { name: string; in: string });
      const inPath = spelled.filter((one) => one.in === "path").map((one) => `{${one.name}}`);
      expect(inPath.toSorted(), name).toEqual([...(name.match(/\{[^}]+\}/g) ?? [])].toSorted());
      expect(new Set(spelled.map((one) => `${one.in} ${one.name}`)).size, name).toBe(spelled.length);
    }
  });

  test("has only schemas that a validator can read", () => {
    const validator = schemaValidator(document);
    for (const schema of Object.values((document.components as { schemas: object }).schemas)) validator(schema);
    for (const [, { parameters = [], responses, requestBody }] of operationsOf(document)) {
      for (const parameter of parameters) validator((resolve(document, parameter) as { schema: unknown }).schema);
      for (const response of [...Object.values(responses), ...(requestBody ? [requestBody] : [])]) {
        for (const { schema } of Object.values(resolve(document, response).content ?? {})) validator(schema);
      }
    }
  });
});
