import { expect } from "vitest";
import type { OpenApiDocument } from "../../src/openapi/openapi-document.ts";
import { schemaValidator } from "./validate.ts";

/** Header fields that a document must speak of where an answer has them. */
const telling = [
  "etag",
  "location",
  "idempotency-replayed",
  "retry-after",
  "ratelimit",
  "ratelimit-policy",
  "set-cookie",
];

interface Described {
  readonly path: string;
  readonly pattern: RegExp;
  readonly operation: Operation;
}
interface Operation {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Content {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

/** An answer that was held against the document. */
export interface Checked {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test reads out of an answer
  readonly json: any;
}

/** Sends a request, and expects of its answer, and of an accepted body, what the document says of them. */
export type Send = (method: string, url: string, body?: unknown, headers?: Record<string, string>) => Promise<Checked>;

/** Makes a client that holds every answer against a document. */
export function checkedClient(fetch: (request: Request) => Promise<Response>, document: OpenApiDocument): Send {
  const validator = schemaValidator(document);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      // A path without parameters wins, as it does in the router.
      pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
      operation: operation as unknown as Operation,
    })),
  );
  const resolve = (part: Content): Content =>
    part.$ref === undefined
      ? part
      : ((document.components["responses"] as Record<string, Content>)[part.$ref.split("/").at(-1) ?? ""] ?? {});

  function find(method: string, url: string): Described {
    const path = url.split("?")[0] ?? "";
    const found = described.filter((one) => one.method === method && one.pattern.test(path));
    const best = found.toSorted((one, other) => one.path.split("{").length - other.path.split("{").length)[0];
    if (best === undefined) throw new Error(`The document has no ${method} ${path}.`);
    return best;
  }

  return async function send(method, url, body, headers = {}) {
    const { path, operation } = find(method, url);
    const init = {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(
      new Request(`http://shop.test${url}`, body === undefined ? init : { ...init, body: text }),
    );
    const answered = await response.text();
    const where = `${method} ${path}: ${response.status} ${answered.slice(0, 300)}`;
    const known = operation.responses[String(response.status)];
    if (known === undefined) throw new Error(`The document doesn't know the answer of ${where}`);
    const { headers: fields = {}, content = {} } = resolve(known);

    const names = Object.keys(fields).map((name) => name.toLowerCase());
    expect(names, where).toEqual(expect.arrayContaining(telling.filter((name) => response.headers.has(name))));
    expect(names, where).toContain("request-id");

    const type = response.headers.get("content-type");
    expect(Object.keys(content), where).toEqual(type === null ? [] : [type]);
    const json: unknown = answered === "" ? undefined : JSON.parse(answered);
    // What select leaves out is said in words: a schema that allowed for it would make every field optional for everyone.
    if (type !== null && !url.includes("select=")) {
      const validate = validator(content[type]?.schema);
      validate(json);
      expect(validate.errors ?? [], where).toEqual([]);
    }
    const sent = response.ok
      ? operation.requestBody?.content?.[new Headers(init.headers).get("content-type") ?? ""]
      : undefined;
    if (body !== undefined && response.ok) {
      const validate = validator(sent?.schema);
      validate(body);
      expect(validate.errors ?? [], `body of ${where}`).toEqual([]);
    }
    return { status: response.status, headers: response.headers, json };
  };
}
