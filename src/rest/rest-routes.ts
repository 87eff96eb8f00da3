import type { Answer, Exchange, Handler, Route } from "../kit/exchange.ts";
import { invalid } from "../kit/galley-error.ts";
import { JsonText } from "../kit/json-text.ts";
import { type Soon, soon } from "../kit/soon.ts";
import { sha256 } from "../kit/token.ts";
import type { Assembly } from "../operations/assemble.ts";
import { ParsedQuery, queryContextOf } from "../operations/collection-operations.ts";
import { DeferredInput, type Execute, type Execution } from "../operations/execute.ts";
import type { QueryContext } from "../query/query-parser.ts";
import { parseAggregateUrl, parseListUrl, parseViewUrl } from "../query/url-query.ts";
import { entityTag } from "../records/precondition.ts";
import { type Action, placesOf } from "../schema/action.ts";
import type { CollectionModel } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";
import { actionInputOf } from "./action-input.ts";
import { conditionsOf, idempotencyKeyOf } from "./conditions.ts";
import { credentialsOf, endedCookie, sessionCookie } from "./credentials.ts";
import { readParameters, refuseParameters } from "./parameters.ts";
import { readJsonBody } from "./request-body.ts";

/** What the routes need. */
export interface RestParts {
  readonly assembly: Assembly;
  readonly execute: Execute;
  /** Longest body in bytes. */
  readonly bodyLimit: number;
}

const patchTypes = ["application/merge-patch+json", "application/json"];
const secondsOfDay = 24 * 60 * 60;

/** The routes of every operation: the whole of REST in one list. */
export function restRoutes({ assembly, execute, bodyLimit }: RestParts): Route[] {
  const { model, operations } = assembly;

  /** Runs an operation for a request. */
  function call(exchange: Exchange, operation: string, input: unknown): Soon<Execution> {
    return execute({
      text: true,
      operation,
      input,
      credentials: credentialsOf(exchange),
      idempotencyKey: exchange.method === "GET" || exchange.method === "HEAD" ? undefined : idempotencyKeyOf(exchange),
      ...conditionsOf(exchange),
      requestId: exchange.requestId,
      client: { address: exchange.address, agent: exchange.header("user-agent") ?? "" },
    });
  }

  const body = (exchange: Exchange, types?: readonly string[]): Promise<unknown> =>
    readJsonBody(exchange, bodyLimit, types);

  function collectionRoutes(collection: CollectionModel): Route[] {
    const { name } = collection;
    const base = `/api/${name}`;
    const restricted = collection.shown.some((field) => field.restricted);
    /** What was written is answered without what could be included. */
    const written: RecordView = { included: false, restricted };
    /** The query of a URL can be read only once it is known who asks: what they may name depends on it. */
    const urlQuery = <T>(exchange: Exchange, read: (query: string, context: QueryContext) => T): DeferredInput =>
      new DeferredInput(
        (context) => new ParsedQuery(read(exchange.query, queryContextOf(collection, model, context.viewer))),
      );
    const located = (execution: Execution, status: number): Answer => {
      const answer = recordAnswer(execution, status, written);
      const { id } = execution.output as { readonly id?: unknown };
      if (status === 201) answer.headers["location"] = `${base}/${encodeURIComponent(String(id))}`;
      return answer;
    };
    /** A record that is sent back may carry its id, and no other. */
    const withId = (id: string | undefined, sent: unknown): unknown => {
      if (!isPlainObject(sent)) return sent ?? { id };
      if (sent["id"] !== undefined && sent["id"] !== id) {
        throw invalid("invalid_input", [{ path: "/id", code: "read_only", message: "is not the id in the path" }]);
      }
      return { ...sent, id };
    };

    const list: Handler = async (exchange) =>
      jsonAnswer(await call(exchange, `${name}.list`, urlQuery(exchange, parseListUrl)));
    const aggregate: Handler = async (exchange) =>
      jsonAnswer(await call(exchange, `${name}.aggregate`, urlQuery(exchange, parseAggregateUrl)));
    const search: Handler = async (exchange) => jsonAnswer(await call(exchange, `${name}.list`, await body(exchange)));
    const create: Handler = async (exchange) => {
      const sent = await body(exchange);
      if (Array.isArray(sent)) return jsonAnswer(await call(exchange, `${name}.createMany`, sent), 201);
      return located(await call(exchange, `${name}.create`, sent), 201);
    };
    const get: Handler = (exchange, { id }) => {
      const input = new DeferredInput((context) => ({
        id,
        view: new ParsedQuery(parseViewUrl(exchange.query, queryContextOf(collection, model, context.viewer))),
      }));
      return soon(call(exchange, `${name}.get`, input), (execution) =>
        conditionalAnswer(exchange, execution, restricted),
      );
    };
    const replace: Handler = async (exchange, { id }) => {
      const execution = await call(exchange, `${name}.replace`, withId(id, await body(exchange)));
      return located(execution, execution.created ? 201 : 200);
    };
    const update: Handler = async (exchange, { id }) =>
      recordAnswer(await call(exchange, `${name}.update`, withId(id, await body(exchange, patchTypes))), 200, written);
    const remove: Handler = async (exchange, { id }) => jsonAnswer(await call(exchange, `${name}.delete`, { id }), 204);

    return [
      { method: "GET", path: base, operation: `${name}.list`, handler: list },
      { method: "POST", path: base, operation: `${name}.create`, handler: alone(create) },
      { method: "POST", path: `${base}/search`, operation: `${name}.list`, handler: alone(search) },
      { method: "GET", path: `${base}/aggregate`, operation: `${name}.aggregate`, handler: aggregate },
      { method: "GET", path: `${base}/:id`, operation: `${name}.get`, handler: get },
      { method: "PUT", path: `${base}/:id`, operation: `${name}.replace`, handler: alone(replace) },
      { method: "PATCH", path: `${base}/:id`, operation: `${name}.update`, handler: alone(update) },
      { method: "DELETE", path: `${base}/:id`, operation: `${name}.delete`, handler: alone(remove) },
    ];
  }

  function actionRoute(action: Action, { method, path }: Pick<Action, "method" | "path">): Route {
    const handler: Handler = async (exchange, parameters) => {
      const sent = method === "GET" || method === "DELETE" ? undefined : await body(exchange);
      const execution = await call(exchange, action.name, actionInputOf(action, exchange.query, parameters, sent));
      const answer = jsonAnswer(execution, action.status);
      const cookie = cookieOf(action, execution, exchange);
      if (cookie !== undefined) answer.headers["set-cookie"] = cookie;
      return answer;
    };
    return { method, path: `/api${path}`, operation: action.name, handler };
  }

  function cookieOf(action: Action, { output }: Execution, exchange: Exchange): string | undefined {
    if (action.session === "ends") return endedCookie(exchange);
    if (action.session !== "starts" || !isPlainObject(output) || typeof output["token"] !== "string") return undefined;
    return sessionCookie(exchange, output["token"], (assembly.backend.auth.sessionDays ?? 30) * secondsOfDay);
  }

  const batch: Handler = async (exchange) => jsonAnswer(await call(exchange, "batch", await body(exchange)));
  const collections = [...model.collections.values()].filter(({ declaration }) => !declaration.internal);
  const actions = [...operations.values()].flatMap(({ action }) => (action === undefined ? [] : [action]));
  return [
    ...collections.flatMap(collectionRoutes),
    { method: "POST", path: "/api/batch", operation: "batch", handler: alone(batch) },
    ...actions.flatMap((action) => placesOf(action).map((place) => actionRoute(action, place))),
  ];
}

/** A handler of requests whose URL has no query: one that is ignored would have meant something to who sent it. */
function alone(handler: Handler): Handler {
  return async (exchange, parameters) => {
    refuseParameters(exchange.query);
    return handler(exchange, parameters);
  };
}

function jsonAnswer({ output, replayed }: Execution, status = 200): Answer {
  const headers: Answer["headers"] = {
    // What someone may see depends on who they are, and may change with the next request.
    "cache-control": "private, no-cache",
    vary: "authorization, cookie",
  };
  if (replayed) headers["idempotency-replayed"] = "true";
  if (status === 204) return { status, headers, body: null };
  headers["content-type"] = "application/json";
  return { status, headers, body: output instanceof JsonText ? output.text : JSON.stringify(output) };
}

/** What an answered record may hold. */
interface RecordView {
  /** Whether records may stand in the place of references. */
  readonly included: boolean;
  /** Whether rules keep some of its fields from some. */
  readonly restricted: boolean;
}

/** Whether a query asks for records in the place of references; a client may spell the name of any parameter with percent signs. */
function includes(query: string): boolean {
  return (
    query.includes("include") || (query.includes("%") && readParameters(query).some(([name]) => name === "include"))
  );
}

/** The answer with a record, under its entity tag. */
function recordAnswer(execution: Execution, status: number, view: RecordView): Answer {
  const answer = jsonAnswer(execution, status);
  answer.headers["etag"] = `"${tagOf(execution.output, answer.body, view)}"`;
  return answer;
}

/** The same, or 304 when the client has it already (RFC 9110). */
function conditionalAnswer(exchange: Exchange, execution: Execution, restricted: boolean): Answer {
  const answer = recordAnswer(execution, 200, { included: includes(exchange.query), restricted });
  const tag = String(answer.headers["etag"]).slice(1, -1);
  const { ifNoneMatch } = conditionsOf(exchange);
  if (ifNoneMatch === undefined || !(ifNoneMatch.includes("*") || ifNoneMatch.includes(tag))) return answer;
  const { etag, vary, "cache-control": caching } = answer.headers;
  return { status: 304, headers: { etag: etag ?? "", vary: vary ?? "", "cache-control": caching ?? "" }, body: null };
}

/**
 * The tag of a record as this caller sees it. What was included, or left out, its own tag says nothing of: the text does. Where
 * rules keep fields from some, those who see different fields have different tags; the part before the dot is the record's.
 */
function tagOf(output: unknown, text: Answer["body"], view: RecordView): string {
  const written = output instanceof JsonText;
  const record = written ? output.known : output;
  const whole = isPlainObject(record) && record["version"] !== undefined && record["createdAt"] !== undefined;
  if (!whole || view.included) {
    const content = typeof text === "string" ? text : Buffer.concat(text ?? []);
    return ((written ? output.digest : undefined) ?? sha256(content, "base64url")).slice(0, 27);
  }
  if (!view.restricted) return entityTag(record);
  const members = written ? output.members : Object.keys(record);
  return `${entityTag(record)}.${sha256(members.join(), "base64url").slice(0, 6)}`;
}
