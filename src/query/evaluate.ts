import { codePointCompare } from "../kit/text.ts";
import type { Comparison, Operand, Predicate } from "./predicate.ts";
import type { Row } from "./sort.ts";
import { wordsOf } from "./words.ts";

/** What memory can't know from the record alone. */
export interface EvaluationContext {
  /** Names of the fields that a search looks at. */
  readonly searched: readonly string[];
  /** Whether a record at the other end of a relation matches. */
  related(relation: string, row: Row, where: Predicate): boolean;
}

/** Whether a record matches, decided in memory exactly as every engine decides it. */
export function matches(predicate: Predicate, row: Row, context: EvaluationContext): boolean {
  switch (predicate.kind) {
    case "always":
      return true;
    case "never":
      return false;
    case "and":
      return predicate.of.every((part) => matches(part, row, context));
    case "or":
      return predicate.of.some((part) => matches(part, row, context));
    case "not":
      return !matches(predicate.of, row, context);
    case "missing":
      return isMissing(valueAt(row, predicate.field, predicate.path));
    case "compare":
      return compares(valueAt(row, predicate.field, predicate.path), predicate.comparison, predicate.operand);
    case "in": {
      const value = valueAt(row, predicate.field, predicate.path);
      return predicate.operands.some((operand) => compares(value, "eq", operand));
    }
    case "related":
      return context.related(predicate.relation, row, predicate.where);
    case "search": {
      const words = context.searched.flatMap((field) => wordsOf(typeof row[field] === "string" ? row[field] : ""));
      return predicate.words.every((asked) => words.some((word) => word.startsWith(asked)));
    }
  }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function valueAt(row: Row, field: string, path: readonly string[]): unknown {
  let value: unknown = row[field];
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Row)[key];
  }
  return value;
}

/** Values of different types are never equal and have no order between them. */
function compares(value: unknown, comparison: Comparison, operand: Operand): boolean {
  if (comparison === "has") return Array.isArray(value) && value.includes(operand);
  if (typeof value !== typeof operand) return false;
  if (comparison === "eq") return value === operand;
  if (typeof value === "string" && typeof operand === "string") {
    if (comparison === "contains") return value.includes(operand);
    if (comparison === "startsWith") return value.startsWith(operand);
    return ordered(codePointCompare(value, operand), comparison);
  }
  return typeof value === "number" && typeof operand === "number" && ordered(value - operand, comparison);
}

function ordered(difference: number, comparison: Comparison): boolean {
  switch (comparison) {
    case "lt":
      return difference < 0;
    case "lte":
      return difference <= 0;
    case "gt":
      return difference > 0;
    case "gte":
      return difference >= 0;
    default:
      return false;
  }
}
