/** A query of a list or an aggregate, or how a record looks, as callers write it. */
export interface AskedQuery {
  readonly include?: object | undefined;
  readonly where?: unknown;
  readonly [parameter: string]: unknown;
}

/** A query as the server takes it. */
export interface SpelledQuery {
  /** As JSON: the body of `POST /search`. */
  readonly json: Record<string, unknown>;
  /** For a URL, with its question mark; empty without parameters. */
  readonly text: string;
}

/** Spells a query. @throws TypeError for a condition that is undefined */
export function spellQuery({ include = {}, where, ...rest }: AskedQuery = {}): SpelledQuery {
  const json: Record<string, unknown> = {};
  if (where !== undefined) {
    refuseUndefined(where, "where");
    json["where"] = where;
  }
  for (const [name, value] of Object.entries({ ...rest, include: pathsOf(include) })) {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) json[name] = value;
  }
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(json)) {
    parameters.set(name, name === "where" ? JSON.stringify(value) : String(value));
  }
  const text = parameters.toString();
  return { json, text: text === "" ? "" : `?${text}` };
}

/** `{ customer: true, lines: { film: true } }` as paths: `customer`, `lines.film`. */
function pathsOf(include: object): string[] {
  return Object.entries(include).flatMap(([name, inner]: [string, unknown]) => {
    const paths = typeof inner === "object" && inner !== null ? pathsOf(inner) : [];
    return paths.length === 0 ? [name] : paths.map((path) => `${name}.${path}`);
  });
}

/** JSON leaves out what is undefined: `{ customer: undefined }` would ask for the records of all customers. */
function refuseUndefined(where: unknown, path: string): void {
  if (where === undefined) throw new TypeError(`${path} is undefined. Leave it out, or ask for null: what is missing.`);
  if (typeof where !== "object" || where === null) return;
  for (const [name, value] of Object.entries(where)) refuseUndefined(value, `${path}.${name}`);
}
