import { describe, expect, test } from "vitest";
import { splitStatements } from "./sql-statements.ts";

const textsOf = (sql: string): string[] => splitStatements(sql).map(({ text }) => text);

describe("SQL is taken apart", () => {
  test.each<[string, string, string[]]>([
    ["at its semicolons", "SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["without what is nothing", ";; -- only this\n ; /* and this */", []],
    ["not in texts", "SELECT 'a;''b;'; SELECT 2;", ["SELECT 'a;''b;'", "SELECT 2"]],
    ["not in texts with escapes", String.raw`SELECT E'a\';b'; SELECT 2;`, [String.raw`SELECT E'a\';b'`, "SELECT 2"]],
    [
      "not in texts that end with a backslash",
      String.raw`SELECT 'a\'; SELECT 2`,
      [String.raw`SELECT 'a\'`, "SELECT 2"],
    ],
    ["not in names", 'SELECT "a;""b", `c;`; SELECT 2', ['SELECT "a;""b", `c;`', "SELECT 2"]],
    [
      "not in comments",
      "SELECT 1 -- a; b'\n + 1; SELECT /* ; /* ' */ ; */ 2",
      ["SELECT 1 -- a; b'\n + 1", "SELECT /* ; /* ' */ ; */ 2"],
    ],
    [
      "not between dollars",
      "DO $$ a; $b$ $$; DO $x$ $$; $x$; SELECT $1;",
      ["DO $$ a; $b$ $$", "DO $x$ $$; $x$", "SELECT $1"],
    ],
    ["without the comments before", "-- one\n/* two */ SELECT 1;\n-- three", ["SELECT 1"]],
    [
      "not in triggers",
      "CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM b; END; SELECT 2;",
      ["CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM b; END", "SELECT 2"],
    ],
    [
      "after a trigger that has no body",
      "CREATE TRIGGER t AFTER UPDATE ON a EXECUTE FUNCTION f(); SELECT 2",
      ["CREATE TRIGGER t AFTER UPDATE ON a EXECUTE FUNCTION f()", "SELECT 2"],
    ],
    [
      "not in functions",
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
      ["CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
    ],
    [
      "with directives",
      "SELECT 1;\n-- galley: words films\nSELECT 2",
      ["SELECT 1", "-- galley: words films", "SELECT 2"],
    ],
  ])("%s", (_, sql, texts) => {
    expect(textsOf(sql)).toEqual(texts);
  });

  test("into statements that know their lines", () => {
    const sql = "-- what\n\nSELECT 1;\n-- why\nSELECT\n 2;\nSELECT 3";
    expect(splitStatements(sql).map(({ line }) => line)).toEqual([3, 5, 7]);
  });

  test.each([
    ["SELECT 1;\nSELECT 'a", "Line 2: what begins with ' has no end."],
    ['SELECT "a', 'Line 1: what begins with " has no end.'],
    ["\n\n/* a /* b */", "Line 3: what begins with /* has no end."],
    ["DO $a$ $b$", "Line 1: what begins with $a$ has no end."],
    ["SELECT 1\n-- galley: words films", 'Line 2: the statement before "-- galley: words films" has no semicolon.'],
  ])("and refused where something has no end or none that can be seen: %j", (sql, message) => {
    expect(() => splitStatements(sql)).toThrow(message);
  });
});
