import { meant } from "../kit/nearest-name.ts";
import { excerpt, pointerStep } from "../schema/json-pointer.ts";
import type { CollectionModel, Model } from "../schema/model.ts";
import { isPlainObject } from "../schema/validator.ts";
import type { QueryReport } from "./query-report.ts";
import type { Scope } from "./scope.ts";

const mostNames = 200;

/** Who asks, and of what. */
export interface QueryContext {
  readonly model: Model;
  readonly collection: CollectionModel;
  readonly scope: Scope;
  /** Most records of a page. */
  readonly mostRecords: number;
}

/** The parameters of a query as an object; what isn't known is reported by name. */
export function readParameters(
  input: unknown,
  known: ReadonlySet<string>,
  report: QueryReport,
): Record<string, unknown> {
  if (input === undefined) return {};
  if (!isPlainObject(input)) {
    report.add("", "wrong_type", "must be an object");
    return {};
  }
  for (const key of Object.keys(input)) {
    if (known.has(key)) continue;
    const at = `/${pointerStep(key)}`;
    report.add(at, "unknown_parameter", `is not known; there are ${[...known].join(", ")}`);
  }
  return input;
}

/** A list of names, as an array or with commas; each once. */
export function readNames(value: unknown, at: string, report: QueryReport): string[] {
  if (value === undefined) return [];
  const names: readonly unknown[] =
    typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [undefined];
  if (names.length > mostNames) {
    report.add(at, "too_many", `has more than ${mostNames} names`);
    return [];
  }
  if (names.every((name): name is string => typeof name === "string" && name !== "")) return [...new Set(names)];
  report.add(at, "wrong_type", "must be a list of names");
  return [];
}

/**
 * Reports a name that nothing here has, or that the author of the query may not know of: both look the same.
 * @param known names that the author may know of
 */
export function reportUnknown(
  name: string,
  at: string,
  report: QueryReport,
  known: readonly string[],
  what = "a field here",
): void {
  report.add(at, "unknown_field", `names "${excerpt(name)}", which is not ${what}${meant(name, known)}`);
}
