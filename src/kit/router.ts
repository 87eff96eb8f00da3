import type { Handler, Route } from "./exchange.ts";
import { GalleyError } from "./galley-error.ts";
import { isSaneText } from "./text.ts";

/** The route that answers a request. */
export interface Match {
  readonly handler: Handler;
  /** What stood in the path for each parameter, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The path as the route declares it, `/api/films/:id`: few enough to label metrics with. */
  readonly pattern: string;
}

/** Finds the route of a request. */
export interface Router {
  /**
   * The route for a method and a path (still percent-encoded, without the query). HEAD is answered by GET's route.
   *
   * @throws GalleyError `not_found`; `method_not_allowed` with `allow`; `malformed` for bad percent-encoding
   */
  match(method: string, path: string): Match;
  /** The methods that a path answers, HEAD and OPTIONS included, sorted; none when the path leads nowhere. */
  allowed(path: string): readonly string[];
}

/** The routes that share one path, by method. */
interface Place {
  readonly routes: Map<string, { readonly route: Route; readonly names: readonly string[] }>;
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  place: Place | undefined;
}

const noParameters: Readonly<Record<string, string>> = Object.freeze({});
const parameterName = /^:[A-Za-z][A-Za-z0-9_]*$/;
const literalSegment = /^[A-Za-z0-9\-._~!$&'()*+,;=@]+$/;

/**
 * A router over a list of routes. The path decides first, then the method: a path with only literal segments wins over
 * one with parameters, segment by segment, and the loser's methods are not tried.
 *
 * @throws Error for a route that could never be reached, or whose path is not spelled right; one line per mistake
 */
export function createRouter(routes: readonly Route[]): Router {
  const { root, statics } = build(routes);

  function find(path: string): { place: Place; values: readonly string[] } | undefined {
    const fixed = statics.get(path);
    if (fixed !== undefined) return { place: fixed, values: [] };
    if (!path.startsWith("/")) return undefined;
    const values: string[] = [];
    const place = walk(root, path.slice(1).split("/").map(decodeSegment), 0, values);
    return place && { place, values };
  }

  return {
    match(method, path) {
      const found = find(path);
      if (found === undefined) throw new GalleyError("not_found", "Nothing is at this path.");
      const { place, values } = found;
      const entry = place.routes.get(method) ?? (method === "HEAD" ? place.routes.get("GET") : undefined);
      if (entry === undefined) {
        const allow = methodsOf(place).join(", ");
        throw new GalleyError("method_not_allowed", `This path answers ${allow}.`, { headers: { allow } });
      }
      return { handler: entry.route.handler, parameters: nameValues(entry.names, values), pattern: entry.route.path };
    },
    allowed(path) {
      const found = find(path);
      return found === undefined ? [] : methodsOf(found.place);
    },
  };
}

function build(routes: readonly Route[]): { root: Node; statics: Map<string, Place> } {
  const root = createNode();
  const statics = new Map<string, Place>();
  const mistakes: string[] = [];
  for (const route of routes) {
    const mistake = checkRoute(route) ?? insert(root, statics, route);
    if (mistake !== undefined) mistakes.push(`${route.method} ${route.path} ${mistake}`);
  }
  if (mistakes.length > 0) throw new Error(`Routes that can't be served:\n${mistakes.join("\n")}`);
  return { root, statics };
}

function checkRoute(route: Route): string | undefined {
  if (!/^[A-Z]+$/.test(route.method)) return "must have a method in upper case";
  if (!route.path.startsWith("/")) return "must start with a slash";
  if (route.path === "/") return undefined;
  const names = new Set<string>();
  for (const segment of route.path.slice(1).replace(/\/$/, "").split("/")) {
    if (segment === "." || segment === ".." || !(parameterName.test(segment) || literalSegment.test(segment))) {
      return `must have segments that are plain text or a :parameter, and has ${JSON.stringify(segment)}`;
    }
    if (!segment.startsWith(":")) continue;
    if (names.has(segment)) return `must not name ${segment} twice`;
    names.add(segment);
  }
  return undefined;
}

function insert(root: Node, statics: Map<string, Place>, route: Route): string | undefined {
  const segments = route.path.slice(1).split("/");
  let node = root;
  for (const segment of segments) {
    let next = segment.startsWith(":") ? node.parameter : node.literals.get(segment);
    if (next === undefined) {
      next = createNode();
      if (segment.startsWith(":")) node.parameter = next;
      else node.literals.set(segment, next);
    }
    node = next;
  }
  const names = segments.filter((segment) => segment.startsWith(":")).map((segment) => segment.slice(1));
  const place: Place = (node.place ??= { routes: new Map() });
  if (names.length === 0) statics.set(route.path, place);
  const other = place.routes.get(route.method)?.route;
  if (other !== undefined) return `is already served by ${other.method} ${other.path}`;
  place.routes.set(route.method, { route, names });
  return undefined;
}

function createNode(): Node {
  return { literals: new Map(), parameter: undefined, place: undefined };
}

/** Follows literals first; a path of `n` segments is tried at most along every mix of literals and parameters declared. */
function walk(node: Node, segments: readonly string[], depth: number, values: string[]): Place | undefined {
  const segment = segments[depth];
  if (segment === undefined) return node.place;
  const literal = node.literals.get(segment);
  const place = literal && walk(literal, segments, depth + 1, values);
  if (place !== undefined || node.parameter === undefined || segment === "") return place;
  values.push(segment);
  const below = walk(node.parameter, segments, depth + 1, values);
  if (below === undefined) values.pop();
  return below;
}

function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    const text = decodeURIComponent(segment);
    if (isSaneText(text)) return text;
  } catch {
    // Told below, for NUL and for encoding that is none.
  }
  throw new GalleyError("malformed", "The path must be percent-encoded UTF-8 without NUL.");
}

function nameValues(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  if (names.length === 0) return noParameters;
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) parameters[name] = values[index] ?? "";
  return parameters;
}

function methodsOf(place: Place): readonly string[] {
  const methods = new Set(place.routes.keys()).add("OPTIONS");
  if (methods.has("GET")) methods.add("HEAD");
  return [...methods].toSorted();
}
