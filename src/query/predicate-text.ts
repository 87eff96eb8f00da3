import type { Comparison, Operand, Predicate } from "./predicate.ts";

const signs: Readonly<Record<Comparison, string>> = {
  eq: "=",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  contains: "contains",
  startsWith: "starts with",
  has: "has",
};

/**
 * A predicate for people: `customer = "0192..." or status in ("paid", "shipped")`. The same predicate has the same text.
 *
 * @param spell how a value is written; as JSON unless told otherwise
 */
export function predicateText(predicate: Predicate, spell: (operand: Operand) => string = JSON.stringify): string {
  return textOf(predicate, spell, "");
}

/** @param path the relations that lead to where the predicate holds: `cart.` */
function textOf(predicate: Predicate, spell: (operand: Operand) => string, path: string): string {
  switch (predicate.kind) {
    case "always":
      return path === "" ? "always" : `${path.slice(0, -1)} is there`;
    case "never":
      return "never";
    case "and":
    case "or": {
      const members = predicate.of.map((one) => {
        const text = textOf(one, spell, "");
        return one.kind === "and" || one.kind === "or" ? `(${text})` : text;
      });
      const joined = members.join(` ${predicate.kind} `);
      return path === "" ? joined : `${path.slice(0, -1)} with (${joined})`;
    }
    case "not":
      return path === ""
        ? `not (${textOf(predicate.of, spell, "")})`
        : `${path.slice(0, -1)} with (${textOf(predicate, spell, "")})`;
    case "related":
      return textOf(predicate.where, spell, `${path}${predicate.relation}.`);
    case "search":
      return `${path === "" ? "" : `${path.slice(0, -1)} with `}search ${JSON.stringify(predicate.words.join(" "))}`;
    case "missing":
      return `${path}${placeOf(predicate)} is missing`;
    case "in":
      return `${path}${placeOf(predicate)} in (${predicate.operands.map(spell).join(", ")})`;
    case "compare":
      return `${path}${placeOf(predicate)} ${signs[predicate.comparison]} ${spell(predicate.operand)}`;
  }
}

function placeOf({ field, path }: { readonly field: string; readonly path: readonly string[] }): string {
  return [field, ...path].join(".");
}
