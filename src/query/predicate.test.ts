import { describe, expect, test } from "vitest";
import { allOf, always, anyOf, negate, never, type Predicate, usesRelations } from "./predicate.ts";

const idIs = (id: string): Predicate => ({ kind: "compare", field: "id", path: [], comparison: "eq", operand: id });
const a = idIs("a");
const b = idIs("b");
const c = idIs("c");
const related: Predicate = { kind: "related", relation: "director", where: a };

describe("predicates are put together with nothing in them that decides nothing", () => {
  test.each<[string, Predicate, Predicate]>([
    ["all of nothing", allOf([]), always],
    ["any of nothing", anyOf([]), never],
    ["all of one", allOf([a]), a],
    ["any of one", anyOf([a]), a],
    ["all with always", allOf([always, a, always]), a],
    ["any with never", anyOf([never, a]), a],
    ["all with never", allOf([a, never]), never],
    ["any with always", anyOf([a, always]), always],
    ["all of all", allOf([allOf([a, b]), c]), { kind: "and", of: [a, b, c] }],
    ["any of any", anyOf([a, anyOf([b, c])]), { kind: "or", of: [a, b, c] }],
    ["all of any", allOf([a, anyOf([b, c])]), { kind: "and", of: [a, { kind: "or", of: [b, c] }] }],
    ["not always", negate(always), never],
    ["not never", negate(never), always],
    ["not not", negate(negate(a)), a],
    ["not", negate(a), { kind: "not", of: a }],
  ])("%s", (_, predicate, expected) => {
    expect(predicate).toEqual(expected);
  });
});

test("relations are found wherever they are", () => {
  expect([a, allOf([a, b]), negate(a), always].map(usesRelations)).toEqual([false, false, false, false]);
  expect([related, allOf([a, related]), anyOf([a, negate(related)])].map(usesRelations)).toEqual([true, true, true]);
});
