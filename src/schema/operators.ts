import type { Json } from "./field-json.ts";
import type { Family } from "./field-type.ts";

/** What an operator asks, and of which fields. */
export interface OperatorKind {
  /** When it holds; reads on from the name of a field. */
  readonly meaning: string;
  /** The families of fields that it is for. */
  readonly families: readonly Family[];
  /** A condition on a film, for the reference. */
  readonly example: { readonly field: string; readonly operand: Json };
}

const single = ["text", "number", "boolean", "json"] as const;
const ordered = ["text", "number", "json"] as const;
const texts = ["text", "json"] as const;

/** The one registry of what a condition may ask, in every spelling. `npm run docs` writes the reference from it. */
export const operatorKinds = {
  eq: {
    meaning: "is equal to the value; a field alone, `title=M`, asks the same. `null` asks for what is missing",
    families: single,
    example: { field: "title", operand: "M" },
  },
  ne: {
    meaning: "is not equal to the value; what is missing is not equal to any",
    families: single,
    example: { field: "title", operand: "M" },
  },
  lt: {
    meaning:
      "is less than the value. Text is in the order of its code points; what is missing is neither less nor greater",
    families: ordered,
    example: { field: "stock", operand: 3 },
  },
  lte: { meaning: "is less than the value, or equal", families: ordered, example: { field: "stock", operand: 3 } },
  gt: { meaning: "is greater than the value", families: ordered, example: { field: "rating", operand: 8 } },
  gte: {
    meaning: "is greater than the value, or equal",
    families: ordered,
    example: { field: "released", operand: "1931-05-11" },
  },
  in: {
    meaning: "is equal to one of the values",
    families: single,
    example: { field: "title", operand: ["M", "Playtime"] },
  },
  nin: {
    meaning: "is equal to none of the values, or missing",
    families: single,
    example: { field: "stock", operand: [0, 3] },
  },
  contains: {
    meaning: "is a text with this text in it; upper and lower case are different",
    families: texts,
    example: { field: "title", operand: "tropo" },
  },
  startsWith: {
    meaning: "is a text that begins with this text; upper and lower case are different",
    families: texts,
    example: { field: "title", operand: "M" },
  },
  has: { meaning: "is a list with this item", families: ["list"], example: { field: "tags", operand: "silent" } },
  isNull: {
    meaning: "is missing, for `true`; is there, for `false`",
    families: ["text", "number", "boolean", "json", "list", "object"],
    example: { field: "rating", operand: true },
  },
} as const satisfies Readonly<Record<string, OperatorKind>>;

/** An operator of a condition. */
export type Operator = keyof typeof operatorKinds;

/** Operators of a condition, in every spelling. */
export const operators = Object.keys(operatorKinds) as readonly Operator[];

export function isOperator(word: string): word is Operator {
  return Object.hasOwn(operatorKinds, word);
}

/** The operators for the fields of a family. */
export function operatorsOf(family: Family): readonly Operator[] {
  return operators.filter((operator) => (operatorKinds[operator].families as readonly Family[]).includes(family));
}
