import type { Violation } from "../kit/error-codes.ts";
import { GalleyError, invalid } from "../kit/galley-error.ts";
import { nearestName } from "../kit/nearest-name.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { whereReaches } from "./where-reaches.ts";

/** The same error, which names the field that somebody may have meant where they mistyped one. */
export function nameNearest(error: unknown, collection: CollectionModel, model: Model): unknown {
  if (!(error instanceof GalleyError) || error.errors === undefined) return error;
  if (error.code !== "invalid_input" && error.code !== "invalid_query") return error;
  return invalid(
    error.code,
    error.errors.map((one) => withNearest(one, collection, model)),
  );
}

function withNearest(violation: Violation, collection: CollectionModel, model: Model): Violation {
  if (violation.code !== "unknown_field") return violation;
  const [first = "", ...steps] = violation.path.split("/").slice(1);
  // A name in a list stands in the message; a key stands in the path.
  const [, named] = /^names "-?([^"]+)"/.exec(violation.message) ?? [];
  const name = named ?? steps.at(-1) ?? first;
  const reached =
    first === "where" && named === undefined ? whereReaches(collection, steps.slice(0, -1), model) : { collection };
  if (reached === undefined || "field" in reached) return violation;
  const known = [
    ...reached.collection.fields.keys(),
    ...(first === "where" ? reached.collection.relations.keys() : []),
  ];
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? violation
    : { ...violation, message: `${violation.message}; did you mean ${nearest}?` };
}
