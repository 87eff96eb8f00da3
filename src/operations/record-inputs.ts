import type { Violation } from "../kit/error-codes.ts";
import { GalleyError, invalid } from "../kit/galley-error.ts";
import { mapInTurns } from "../kit/pauses.ts";
import { type Soon, soon } from "../kit/soon.ts";
import type { Row } from "../query/sort.ts";
import { isHidden } from "../schema/field.ts";
import type { CollectionModel } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";

/** Records that one request may create, or that the members of a batch may write and read altogether. */
export const mostInOneRequest = 1000;

/** The records of a bulk create, checked. @throws GalleyError `invalid_input`, `too_large` */
export function parseMany(input: unknown, collection: CollectionModel): Soon<Row[]> {
  if (!Array.isArray(input))
    throw invalid("invalid_input", [{ path: "", code: "wrong_type", message: "must be an array of records" }]);
  if (input.length > mostInOneRequest)
    throw new GalleyError(
      "too_large",
      `At most ${mostInOneRequest} records can be created at once; these are ${input.length}.`,
    );
  const violations: Violation[] = [];
  const checked = mapInTurns(input, (one: unknown, index): Row =>
    violations.length < 100 ? collection.validators.create.check(one, `/${index}`, violations) : {},
  );
  return soon(checked, (rows) => {
    if (violations.length > 0) throw invalid("invalid_input", violations);
    return rows;
  });
}

/** Sets the id of an input apart from the rest. */
export function withId(
  input: unknown,
  collection: CollectionModel,
): { readonly id: string; readonly rest: Record<string, unknown> } {
  if (!isPlainObject(input))
    throw invalid("invalid_input", [{ path: "", code: "wrong_type", message: "must be an object" }]);
  const { id, ...rest } = input;
  if (typeof id !== "string")
    throw invalid("invalid_input", [{ path: "/id", code: "required", message: "is required" }]);
  const known = collection.fields.get("id")?.type.operand(id);
  // An id that no record can have is one of no record: the same answer as for any other that isn't there.
  return { id: typeof known === "string" ? known : id, rest };
}

/** An id that a client has chosen, checked. @throws GalleyError `invalid_input` */
export function checkedId(collection: CollectionModel, id: string): string {
  const violations: Violation[] = [];
  const checked = collection.fields.get("id")?.type.validate(id, "/id", violations);
  if (violations.length > 0 || typeof checked !== "string") throw invalid("invalid_input", violations);
  return checked;
}

/**
 * A whole record that replaces another, checked. It may leave out what is never shown: the record has it already, and who
 * makes a new one will be told.
 * @throws GalleyError `invalid_input`
 */
export function parseReplacement(sent: unknown, collection: CollectionModel): Row {
  const violations: Violation[] = [];
  const input = collection.validators.replace.check(sent, "", violations);
  const wrong = violations.filter(({ path, code }) => {
    const field = collection.fields.get(path.slice(1));
    return code !== "required" || field === undefined || !isHidden(field);
  });
  if (wrong.length > 0) throw invalid("invalid_input", wrong);
  return input;
}
