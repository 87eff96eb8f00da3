import { describe, expect, test } from "vitest";
import { compareRows, compareValues } from "./sort.ts";

describe("values in ascending order", () => {
  test.each([
    ["missing ones first", ["", null, "a", undefined], [null, undefined, "", "a"]],
    ["text by code points", ["b", "😀", "a", "B", "\uffff", "é"], ["B", "a", "b", "é", "\uffff", "😀"]],
    ["a text before what it begins", ["ab", "a", "abc"], ["a", "ab", "abc"]],
    ["numbers by size", [10, 9, -1, 0.5], [-1, 0.5, 9, 10]],
    ["false before true", [true, false, null], [null, false, true]],
  ] as [string, unknown[], unknown[]][])("%s", (_, values, sorted) => {
    expect(values.filter((value) => value !== undefined).toSorted(compareValues)).toEqual(
      sorted.filter((value) => value !== undefined),
    );
  });

  test("two that are missing are equal, whatever they are missing as", () => {
    expect(compareValues(null, undefined)).toBe(0);
    expect(compareValues(undefined, null)).toBe(0);
  });
});

test("records are ordered by each key in turn, each in its direction", () => {
  const rows = [
    { id: "1", genre: "b", rating: 1 },
    { id: "2", genre: "a", rating: null },
    { id: "3", genre: "a", rating: 2 },
    { id: "4", genre: "a", rating: 2 },
    { id: "5", genre: null, rating: 9 },
  ];
  const order = [
    { field: "genre", descending: false },
    { field: "rating", descending: true },
    { field: "id", descending: true },
  ];
  expect(rows.toSorted((left, right) => compareRows(left, right, order)).map(({ id }) => id)).toEqual([
    "5",
    "4",
    "3",
    "2",
    "1",
  ]);
});
