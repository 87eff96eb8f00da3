import { GalleyError } from "../kit/galley-error.ts";
import type { RefField } from "../schema/model.ts";

/**
 * The error for references to records that do not exist, or are out of sight: the two must look the same.
 * @param missing the name of each: the field, and where it stands inside of a list or an object, `lines/0/film`
 */
export function missingReferenceError(
  missing: readonly Pick<RefField, "name" | "target">[],
  cause?: unknown,
): GalleyError {
  const errors = missing.map(({ name, target }) => ({
    path: `/${name}`,
    code: "invalid_reference",
    message: `refers to a record of ${target} that does not exist`,
  }));
  const [first] = missing;
  return new GalleyError("conflict", `${first?.name.replaceAll("/", ".")} ${errors[0]?.message}.`, { errors, cause });
}
