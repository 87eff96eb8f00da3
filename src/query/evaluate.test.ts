import { describe, expect, test } from "vitest";
import { type EvaluationContext, matches } from "./evaluate.ts";
import type { Comparison, Operand, Predicate } from "./predicate.ts";

const row = {
  id: "1",
  title: "The Film",
  note: null,
  stock: 3,
  open: false,
  tags: ["a", 1],
  meta: { size: { width: 3, label: null }, list: [1], on: true, text: "5", constructor: "own" },
};
const context: EvaluationContext = {
  searched: ["title", "note"],
  related: (relation, one, where) => relation === "director" && one === row && where.kind === "always",
};

function is(predicate: Predicate): boolean {
  return matches(predicate, row, context);
}

function compare(field: string, comparison: Comparison, operand: Operand, path: string[] = []): boolean {
  return is({ kind: "compare", field, path, comparison, operand });
}

describe("a comparison", () => {
  test.each<[string, Comparison, Operand, boolean]>([
    ["title", "eq", "The Film", true],
    ["title", "eq", "the film", false],
    ["title", "contains", "e F", true],
    ["title", "contains", "", true],
    ["title", "startsWith", "The", true],
    ["title", "startsWith", "he", false],
    ["title", "lt", "The G", true],
    ["title", "gte", "The Film", true],
    ["stock", "eq", 3, true],
    ["stock", "lt", 3, false],
    ["stock", "lte", 3, true],
    ["stock", "gt", 2.5, true],
    ["open", "eq", false, true],
    ["tags", "has", "a", true],
    ["tags", "has", "1", false],
    ["tags", "has", 1, true],
  ])("%s %s %j is %s", (field, comparison, operand, expected) => {
    expect(compare(field, comparison, operand)).toBe(expected);
  });

  test("with a missing value is false, and not of it is true", () => {
    for (const comparison of ["eq", "lt", "gte", "contains", "startsWith", "has"] as const) {
      for (const field of ["note", "nowhere"]) {
        const predicate: Predicate = { kind: "compare", field, path: [], comparison, operand: "" };
        expect(is(predicate)).toBe(false);
        expect(is({ kind: "not", of: predicate })).toBe(true);
      }
    }
  });

  test("of different types is false: nothing is converted", () => {
    expect(compare("stock", "eq", "3")).toBe(false);
    expect(compare("stock", "lt", "4")).toBe(false);
    expect(compare("open", "eq", 0)).toBe(false);
    expect(compare("meta", "eq", 5, ["text"])).toBe(false);
    expect(compare("meta", "eq", 1, ["on"])).toBe(false);
    expect(compare("meta", "eq", "[object Object]")).toBe(false);
  });

  test("text is ordered by code points", () => {
    const emoji = { title: "😀" };
    const after: Predicate = { kind: "compare", field: "title", path: [], comparison: "gt", operand: "\uffff" };
    expect(matches(after, emoji, context)).toBe(true);
  });
});

describe("inside JSON", () => {
  test("a path leads through objects only", () => {
    expect(compare("meta", "gte", 3, ["size", "width"])).toBe(true);
    expect(compare("meta", "eq", 1, ["list", "0"])).toBe(false);
    expect(compare("meta", "gte", 0, ["list", "length"])).toBe(false);
    expect(compare("title", "gte", 0, ["length"])).toBe(false);
  });

  test("a path leads to nothing that is inherited", () => {
    expect(compare("meta", "eq", "own", ["constructor"])).toBe(true);
    for (const path of [["toString"], ["__proto__"], ["size", "constructor", "name"]]) {
      expect(is({ kind: "missing", field: "meta", path })).toBe(true);
    }
  });

  test("null and nothing are both missing", () => {
    expect(is({ kind: "missing", field: "meta", path: ["size", "label"] })).toBe(true);
    expect(is({ kind: "missing", field: "meta", path: ["size", "depth", "more"] })).toBe(true);
    expect(is({ kind: "missing", field: "meta", path: ["size"] })).toBe(false);
    expect(is({ kind: "missing", field: "note", path: [] })).toBe(true);
  });
});

test("in is one of the operands", () => {
  expect(is({ kind: "in", field: "stock", path: [], operands: [1, 3] })).toBe(true);
  expect(is({ kind: "in", field: "stock", path: [], operands: ["3"] })).toBe(false);
  expect(is({ kind: "in", field: "note", path: [], operands: ["null", ""] })).toBe(false);
});

test("a search asks that each word begins a word of a searched field", () => {
  const search = (...words: string[]): boolean => is({ kind: "search", words });
  expect(search("fil")).toBe(true);
  expect(search("the", "film")).toBe(true);
  expect(search("ilm")).toBe(false);
  expect(search("the", "opera")).toBe(false);
  expect(search("a")).toBe(false);
});

test("a relation is asked of whoever knows it", () => {
  expect(is({ kind: "related", relation: "director", where: { kind: "always" } })).toBe(true);
  expect(is({ kind: "related", relation: "writer", where: { kind: "always" } })).toBe(false);
});

test("and, or, not, always and never are what they are called", () => {
  const [yes, no]: Predicate[] = [{ kind: "always" }, { kind: "never" }];
  if (yes === undefined || no === undefined) return;
  expect([is(yes), is(no), is({ kind: "not", of: no })]).toEqual([true, false, true]);
  expect([is({ kind: "and", of: [yes, no] }), is({ kind: "or", of: [no, yes] })]).toEqual([false, true]);
  expect([is({ kind: "and", of: [] }), is({ kind: "or", of: [] })]).toEqual([true, false]);
});
