import { type ErrorCode, errorCodes, type ErrorKind } from "../kit/error-codes.ts";
import { type Components, pascalCase, type Part, schemaRef } from "./components.ts";
import { errorGuide } from "./error-guide.ts";

/** Header fields that come with some errors, by code. */
const headersOf: { readonly [code in ErrorCode]?: readonly string[] } = {
  unauthenticated: ["WWW-Authenticate"],
  method_not_allowed: ["Allow"],
  idempotency_in_progress: ["Retry-After"],
  rate_limited: ["Retry-After", "RateLimit", "RateLimit-Policy"],
  overloaded: ["Retry-After"],
};

/** The error responses of operations. */
export interface ProblemResponses {
  /** Responses by status. @param own errors that an action declared */
  of(codes: readonly ErrorCode[], own?: Readonly<Record<string, ErrorKind>>): Record<string, Part>;
}

interface Known {
  readonly status: number;
  readonly description: string;
  readonly schema: Part;
  readonly headers: readonly string[];
  /** Name among the responses. */
  readonly name: string;
  /** Whether it is of the registry, and not of one action. */
  readonly common: boolean;
}

/** Adds every error of the registry to the components, as a schema and as a response (RFC 9457). */
export function createProblemResponses(components: Components): ProblemResponses {
  const base = schemaRef(components.reserve("Problem"));
  const violation = components.define("Violation", violationSchema);
  components.schemas["Problem"] = problemSchema(violation);

  function add(code: string, status: number, description: string, headers?: readonly string[]): Known {
    const schema = components.define(`${pascalCase(code)}Problem`, {
      allOf: [base, { type: "object", properties: { status: { const: status }, code: { const: code } } }],
    });
    const name = String(schema["$ref"]).replace(/^.*\/(.*?)Problem/, "$1");
    components.responses[name] = response(description, headers ?? [], schema);
    return { status, description, schema, headers: headers ?? [], name, common: headers !== undefined };
  }

  const registry = new Map<string, Known>();
  for (const [code, advice] of Object.entries(errorGuide)) {
    const known = code as ErrorCode;
    registry.set(code, add(code, errorCodes[known].status, `\`${code}\`: ${advice.when}`, headersOf[known] ?? []));
  }
  const declared = new Map<string, Known>();

  function ownError(code: string, { status, title }: ErrorKind): Known {
    const key = `${code} ${status} ${title}`;
    let known = declared.get(key);
    if (known === undefined) {
      known = add(code, status, `\`${code}\`: ${title}.`);
      declared.set(key, known);
    }
    return known;
  }

  return {
    of(codes, own = {}) {
      const found = [
        ...[...new Set(codes)].filter((code) => !Object.hasOwn(own, code)).map((code) => registry.get(code)),
        ...Object.entries(own).map(([code, error]) => ownError(code, error)),
      ].filter((one) => one !== undefined);
      const byStatus = Map.groupBy(
        found.toSorted((one, other) => one.status - other.status),
        ({ status }) => String(status),
      );
      return Object.fromEntries([...byStatus].map(([status, members]) => [status, together(members)]));
    },
  };

  /** One response for all errors of a status. Most statuses are answered by many operations, and said once. */
  function together(members: readonly Known[]): Part {
    const [only, ...others] = members;
    if (only !== undefined && others.length === 0) return { $ref: `#/components/responses/${only.name}` };
    const name = members.map((one) => one.name).join("Or");
    const shared = members.every((one) => one.common);
    const known = components.responses[name];
    const whole =
      known ??
      response(
        members.map(({ description }) => description).join("\n\n"),
        members.flatMap(({ headers }) => headers),
        { anyOf: members.map(({ schema }) => schema) },
      );
    if (!shared) return whole;
    components.responses[name] = whole;
    return { $ref: `#/components/responses/${name}` };
  }
}

function response(description: string, headers: readonly string[], schema: Part): Part {
  return {
    description,
    headers: headerRefs(["Request-Id", ...headers]),
    content: { "application/problem+json": { schema } },
  };
}

/** References to header fields by name. */
export function headerRefs(names: readonly string[]): Part {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const violationSchema: Part = {
  type: "object",
  description: "What is wrong with one place of the input",
  properties: {
    path: { type: "string", format: "json-pointer", description: "Where: /lines/0/quantity" },
    code: { type: "string", description: "What is wrong, for programs: too_small" },
    message: { type: "string", description: "What would be right, for people: must be at least 0" },
  },
  required: ["path", "code", "message"],
};

function problemSchema(violation: Part): Part {
  return {
    type: "object",
    description: "Every error has this shape (RFC 9457)",
    properties: {
      type: { type: "string", format: "uri-reference", description: "Where the error is explained" },
      title: { type: "string", description: "The same for all errors of this code" },
      status: { type: "integer", minimum: 400, maximum: 599 },
      code: { type: "string", description: "For programs" },
      detail: { type: "string", description: "What went wrong this time, and what would be right" },
      requestId: { type: "string", description: "The server's log knows the request by it" },
      errors: { type: "array", items: violation },
    },
    required: ["type", "title", "status", "code", "detail", "requestId"],
  };
}
