import type { ErrorCode, ErrorKind } from "../kit/error-codes.ts";
import type { Audience } from "./audience.ts";
import type { Components, Part } from "./components.ts";
import { headerRefs, type ProblemResponses } from "./problem-responses.ts";

/** What every part of a document is written with. */
export interface Writing {
  readonly components: Components;
  readonly problems: ProblemResponses;
  /** Identifiers of operations, each given once. */
  readonly identify: (name: string) => string;
  /** Who may call an operation, by its name. */
  readonly audienceOf: (name: string) => Audience;
}

/** One operation of one method and path. */
export interface Described {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Whether it changes nothing although its method may. */
  readonly reads?: boolean;
  /** `/api/films/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly audience: Audience;
  readonly parameters: readonly Part[];
  /** Schemas of the body by media type; undefined for no body. */
  readonly body?: { readonly types: readonly string[]; readonly schema: Part; readonly required: boolean } | undefined;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly errors: readonly ErrorCode[];
  readonly own?: Readonly<Record<string, ErrorKind>>;
}

/** A success. */
export interface Answer {
  readonly description: string;
  readonly headers?: readonly string[];
  readonly schema?: Part;
}

/** Errors that every operation may answer: they come from the pipeline's first stages. */
const always: readonly ErrorCode[] = ["malformed", "unauthenticated", "forbidden", "rate_limited", "internal"];

const writing: readonly ErrorCode[] = ["idempotency_in_progress", "idempotency_mismatch", "overloaded"];
const withBody: readonly ErrorCode[] = ["too_large", "unsupported_media_type"];

/** An operation as OpenAPI spells it. */
export function operationObject(operation: Described, { problems }: Writing): Part {
  const { method, body, answers, errors, own, audience, parameters } = operation;
  const writes = method !== "get" && operation.reads !== true;
  const codes = [...always, ...errors, ...(writes ? writing : []), ...(body === undefined ? [] : withBody)];
  const shared = [...parameters, ...(writes ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : [])];
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    description: [operation.description, audience.text].filter((text) => text !== undefined).join("\n\n"),
    tags: [operation.tag],
    // An empty requirement is: or no credentials at all.
    security: [...(audience.open ? [{}] : []), { bearer: [] }, { cookie: [] }],
    ...(shared.length === 0 ? {} : { parameters: shared }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: Object.fromEntries(body.types.map((type) => [type, { schema: body.schema }])),
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerObject(answer, writes)])),
      ...problems.of(codes, own),
    },
  };
}

function answerObject({ description, headers = [], schema }: Answer, writes: boolean): Part {
  return {
    description,
    headers: headerRefs(["Request-Id", ...(writes ? ["Idempotency-Replayed"] : []), ...headers]),
    ...(schema === undefined ? {} : { content: { "application/json": { schema } } }),
  };
}

/** Adds the header fields and header parameters that operations share. */
export function addSharedParts(components: Components): void {
  const text = { type: "string" };
  const add = (name: string, description: string, schema: Part = text): void =>
    void (components.headers[name] = { description, schema });
  add("Request-Id", "Id of the request in the server's log: the client's own, if it sent a sane one");
  add("ETag", "Strong tag of the record as it is, for If-Match and If-None-Match");
  add("Location", "Path of the new record", { type: "string", format: "uri-reference" });
  add("Idempotency-Replayed", "true when the answer is that of the first request with the same Idempotency-Key", {
    type: "string",
    enum: ["true"],
  });
  add("Retry-After", "Seconds to wait before the next try", { type: "integer", minimum: 0 });
  add("RateLimit", 'What is left of the limit: "requests";r=0;t=12');
  add("RateLimit-Policy", 'The limit: "requests";q=600;w=60');
  add("WWW-Authenticate", "How to sign in: Bearer");
  add("Allow", "The methods that the path answers");
  add("Set-Cookie", "Starts or ends the session of a browser");

  const parameter = (key: string, name: string, description: string, schema: Part = text): void =>
    void (components.parameters[key] = { name, in: "header", description, schema });
  parameter(
    "IdempotencyKey",
    "Idempotency-Key",
    "A key of your choice, such as a UUID: a repetition under the same key is given the first answer, for 24 hours.",
    {
      type: "string",
      minLength: 1,
      maxLength: 255,
    },
  );
  parameter("IfMatch", "If-Match", "The ETag that the record must still have.");
  parameter("IfNoneMatch", "If-None-Match", "ETags that you have already: an unchanged record is answered 304.");
  parameter("OnlyNew", "If-None-Match", "`*` to create only, and not replace.", { type: "string", enum: ["*"] });
}
