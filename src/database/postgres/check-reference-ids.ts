import { isUuid } from "../../kit/uuid.ts";
import type { Row } from "../../query/sort.ts";
import type { CollectionModel, Model } from "../../schema/model.ts";
import { missingReferenceError } from "../missing-reference-error.ts";
import { postgresType } from "./postgres-types.ts";

/**
 * Checks that what a row refers to can be the id of a record: what is no UUID is the id of none, where ids are UUIDs, and a column
 * of that type doesn't take it.
 *
 * @throws GalleyError `conflict`, as for a record that does not exist
 */
export function checkReferenceIds(collection: CollectionModel, row: Row, model: Model): void {
  const missing = collection.refs.filter(({ name }) => {
    const id = row[name];
    const field = collection.fields.get(name);
    return typeof id === "string" && !isUuid(id) && field !== undefined && postgresType(field, model) === "uuid";
  });
  if (missing.length > 0) throw missingReferenceError(missing);
}
