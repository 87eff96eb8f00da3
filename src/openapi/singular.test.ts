import { expect, test } from "vitest";
import { singular } from "./singular.ts";

test.each([
  ["films", "film"],
  ["orderLines", "orderLine"],
  ["homeAddresses", "homeAddress"],
  ["categories", "category"],
  ["movies", "movie"],
  ["statuses", "status"],
  ["houses", "house"],
  ["purchases", "purchase"],
  ["boxes", "box"],
  ["branches", "branch"],
  ["caches", "cache"],
  ["heroes", "hero"],
  ["shoes", "shoe"],
  ["sizes", "size"],
  ["shelves", "shelf"],
  ["moves", "move"],
  ["people", "person"],
  ["news", "news"],
  ["status", "status"],
  ["staff", "staff"],
  ["analyses", "analysis"],
  ["films2", "films2"],
  ["s", "s"],
])("one of %s is a %s", (many, one) => {
  expect(singular(many)).toBe(one);
});
