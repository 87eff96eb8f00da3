import type { Violation } from "../kit/error-codes.ts";
import { GalleyError, invalid } from "../kit/galley-error.ts";
import { isEnough } from "../schema/field-type.ts";

/** Most comparisons in a client's query, and deepest nesting: beyond them a query is an attack or a mistake. */
const mostAsked = 200;
/** Most comparisons in a query of the application's own: a rule may list the thousand teams of someone. */
export const mostInCode = 10_000;
const deepest = 16;

/** Collects what is wrong with a query, and stops reading one that is out of all bounds. */
export interface QueryReport {
  /** @throws GalleyError `invalid_query` when there are so many that the rest is not worth reading */
  add(path: string, code: string, message: string): void;
  /** Counts terms of a query. @throws GalleyError `invalid_query` beyond the limit */
  count(path: string, terms?: number): void;
  /** @throws GalleyError `invalid_query` beyond the limit */
  descend(path: string, depth: number): void;
  /** @throws GalleyError `invalid_query` when anything was added */
  settle(): void;
}

/** A fresh report for one query. */
export function createQueryReport(mostTerms = mostAsked): QueryReport {
  const violations: Violation[] = [];
  let terms = 0;
  return {
    add(path, code, message) {
      violations.push({ path, code, message });
      if (isEnough(violations)) throw invalid("invalid_query", violations);
    },
    count(path, more = 1) {
      terms += more;
      if (terms > mostTerms) {
        throw invalid("invalid_query", [{ path, code: "too_many", message: `has more than ${mostTerms} comparisons` }]);
      }
    },
    descend(path, depth) {
      if (depth > deepest) {
        throw invalid("invalid_query", [{ path, code: "too_deep", message: `is nested deeper than ${deepest}` }]);
      }
    },
    settle() {
      if (violations.length > 0) throw invalid("invalid_query", violations);
    },
  };
}

/** The error of a cursor that can't be read, or that belongs to another query. */
export function badCursor(): GalleyError {
  return new GalleyError("malformed", "after is not a cursor of this query; take it from the next of the page before.");
}
