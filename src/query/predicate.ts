/** A value that a stored one is compared with. */
export type Operand = string | number | boolean;

/** Comparisons that engines know; all others are made of them. */
export type Comparison = "eq" | "lt" | "lte" | "gt" | "gte" | "contains" | "startsWith" | "has";

/**
 * Which records: plain data, the same from a rule, a query string or a where. Engines lower it, memory evaluates it.
 * It has two truth values: a comparison with a missing value is false, and `not` of it is true.
 */
export type Predicate =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "and" | "or"; readonly of: readonly Predicate[] }
  | { readonly kind: "not"; readonly of: Predicate }
  /** The value is missing. */
  | { readonly kind: "missing"; readonly field: string; readonly path: readonly string[] }
  | {
      readonly kind: "compare";
      readonly field: string;
      /** Keys inside a JSON value; empty for the field itself. */
      readonly path: readonly string[];
      readonly comparison: Comparison;
      readonly operand: Operand;
    }
  | {
      readonly kind: "in";
      readonly field: string;
      readonly path: readonly string[];
      readonly operands: readonly Operand[];
    }
  /** At least one record at the other end of the relation matches. */
  | { readonly kind: "related"; readonly relation: string; readonly where: Predicate }
  /** Each of the words begins a word of the searched fields. */
  | { readonly kind: "search"; readonly words: readonly string[] };

/** Every record. */
export const always: Predicate = { kind: "always" };

/** No record. */
export const never: Predicate = { kind: "never" };

/** Records whose field has this value. */
export function equal(field: string, operand: Operand): Predicate {
  return { kind: "compare", field, path: [], comparison: "eq", operand };
}

/** Records that match all. */
export function allOf(predicates: readonly Predicate[]): Predicate {
  return combine("and", predicates, never, always);
}

/** Records that match at least one. */
export function anyOf(predicates: readonly Predicate[]): Predicate {
  return combine("or", predicates, always, never);
}

/** Records that don't match. */
export function negate(predicate: Predicate): Predicate {
  if (predicate.kind === "always") return never;
  if (predicate.kind === "never") return always;
  return predicate.kind === "not" ? predicate.of : { kind: "not", of: predicate };
}

/** Whether the predicate asks for more than the record itself holds. */
export function usesRelations(predicate: Predicate): boolean {
  if (predicate.kind === "and" || predicate.kind === "or") return predicate.of.some(usesRelations);
  return predicate.kind === "related" || (predicate.kind === "not" && usesRelations(predicate.of));
}

/** Flattens, drops what decides nothing and stops at what decides all: engines then see the least. */
function combine(kind: "and" | "or", predicates: readonly Predicate[], ends: Predicate, neutral: Predicate): Predicate {
  const parts: Predicate[] = [];
  for (const predicate of predicates) {
    if (predicate.kind === ends.kind) return ends;
    if (predicate.kind === neutral.kind) continue;
    if (predicate.kind === kind) parts.push(...predicate.of);
    else parts.push(predicate);
  }
  const [only] = parts;
  if (only === undefined) return neutral;
  return parts.length === 1 ? only : { kind, of: parts };
}
