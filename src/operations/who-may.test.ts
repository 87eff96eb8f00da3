import { expect, test } from "vitest";
import { whoMay } from "./who-may.ts";

test.each([
  ["everyone", "yes", "yes", "yes", "yes"],
  ["signed in", "no", "yes", "yes", "yes"],
  ["admin", "no", "no", "no", "yes"],
  ["clerk, admin", "no", "no", "yes", "yes"],
  ["nobody", "no", "no", "no", "no"],
  ["signed in where customer = user.id; clerk, admin", "no", "where customer = user.id", "yes", "yes"],
  ["signed in where owner = user.id", "no", "where owner = user.id", "where owner = user.id", "where owner = user.id"],
  ["everyone where public = true; admin", "where public = true", "where public = true", "where public = true", "yes"],
  ["everyone where public = true; signed in, clerk, admin", "where public = true", "yes", "yes", "yes"],
  ["everyone; not clerk", "yes", "yes", "no", "yes"],
  ["clerk where a = 1; admin where b = 2", "no", "no", "where a = 1", "where b = 2"],
  ["everyone; not signed in, clerk, admin", "yes", "no", "no", "no"],
])("says %s", (expected, anonymous, signedIn, clerk, admin) => {
  expect(whoMay({ what: "x", access: { anonymous, "signed in": signedIn, clerk, admin } })).toBe(expected);
});
