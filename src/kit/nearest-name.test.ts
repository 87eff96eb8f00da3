import { expect, it } from "vitest";
import { meant, nearestName } from "./nearest-name.ts";

it("finds the name that was mistyped, and none where another was meant", () => {
  const known = ["id", "title", "year", "stock", "createdAt", "search"];
  expect(["titel", "yeer", "stok", "createdat", "serach", "ids"].map((name) => nearestName(name, known))).toEqual([
    "title",
    "year",
    "stock",
    "createdAt",
    "search",
    "id",
  ]);
  expect(["colour", "", "x", "title".repeat(1000)].map((name) => nearestName(name, known))).toEqual(
    Array.from({ length: 4 }),
  );
  expect([meant("titel", known), meant("colour", known)]).toEqual(["; did you mean title?", ""]);
});
