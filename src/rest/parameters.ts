import { GalleyError, invalid } from "../kit/galley-error.ts";

/** The parameters of a query string, in their order. @throws GalleyError `malformed` when it can't be read */
export function readParameters(query: string): [name: string, value: string][] {
  if (query === "") return [];
  try {
    decodeURIComponent(query.replaceAll("+", " "));
  } catch (cause) {
    throw new GalleyError("malformed", "The query string is not percent-encoded UTF-8.", { cause });
  }
  return [...new URLSearchParams(query)];
}

/**
 * Refuses a query where nothing reads one: `DELETE /api/films/ID?dryRun=true` must not delete.
 *
 * @throws GalleyError `invalid_query` that names each parameter
 */
export function refuseParameters(query: string): void {
  const violations = readParameters(query).map(([name]) => ({
    path: `/${name.slice(0, 100).toWellFormed()}`,
    code: "unknown_parameter",
    message: "is not known here: this request takes no parameters",
  }));
  if (violations.length > 0) throw invalid("invalid_query", violations);
}
