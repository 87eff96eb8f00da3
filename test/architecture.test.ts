import { readFileSync, readdirSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findBreaches } from "./architecture/find-breaches.ts";

/** Each room imports only from lower floors; rooms of one floor don't see each other. */
const floors = {
  kit: 0,
  schema: 1,
  query: 2,
  database: 3,
  backup: 4,
  records: 4,
  auth: 5,
  files: 5,
  jobs: 5,
  connect: 5,
  operations: 6,
  rest: 7,
  graphql: 7,
  realtime: 7,
  grpc: 7,
  mcp: 7,
  openapi: 7,
  server: 8,
  cli: 9,
  client: 9,
  testing: 10,
};

test("the sources keep to the architecture", () => {
  const texts = readTexts(fileURLToPath(new URL("../src/", import.meta.url)));
  expect(Object.keys(texts).length).toBeGreaterThan(0);
  expect(findBreaches(floors, texts)).toEqual([]);
});

describe("the floor check", () => {
  test("lets a room import from lower floors and from itself, and the front door from all", () => {
    const texts = {
      "kit/clock.ts": "export const clock = 1;",
      "schema/field.ts": 'import { clock } from "../kit/clock.ts";\nexport const field = clock;',
      "schema/text.ts": 'import { field } from "./field.ts";',
      "index.ts": 'export { field } from "./schema/field.ts";',
    };
    expect(findBreaches(floors, texts)).toEqual([]);
  });

  test.each([
    ["a static import", 'import { a } from "../schema/a.ts";'],
    ["an import over several lines", 'import {\n  a,\n  type B,\n} from "../schema/a.ts";'],
    ["a default import beside a namespace", 'import a, * as b from "../schema/a.ts";'],
    ["an import for its effects", 'import "../schema/a.ts";'],
    ["an import of types", 'import type { A } from "../schema/a.ts";'],
    ["a re-export", 'export { a } from "../schema/a.ts";'],
    ["a re-export of types", "export type { A } from '../schema/a.ts';"],
    ["a dynamic import", 'const a = await import("../schema/a.ts");'],
    ["a type taken through import()", 'type A = import("../schema/a.ts").A;'],
    ["a worker's URL", 'new Worker(new URL("../schema/a.ts", import.meta.url));'],
    [
      "an import behind a quote in a regular expression",
      'const quote = /["\'/]/;\nimport { a } from "../schema/a.ts";',
    ],
    ["an import inside a template", 'const a = `${{ a: `${await import("../schema/a.ts")}` }.a}`;'],
  ])("refuses %s from a higher floor", (_, text) => {
    expect(findBreaches(floors, { "kit/x.ts": text, "schema/a.ts": "" })).toEqual([
      "kit/x.ts (floor 0): imports schema/a.ts (floor 1); only lower floors can be seen",
    ]);
  });

  test("refuses an import between rooms of one floor, in tests too", () => {
    const texts = { "rest/x.test.ts": 'import { a } from "../openapi/a.ts";', "openapi/a.ts": "" };
    expect(findBreaches(floors, texts)).toEqual([
      "rest/x.test.ts (floor 7): imports openapi/a.ts (floor 7); only lower floors can be seen",
    ]);
  });

  test.each([
    ["a comment", '// import { a } from "../schema/a.ts";\n/* import "../schema/a.ts"; */'],
    ["a string", "const text = 'import { a } from \"../schema/a.ts\";';"],
    ["a template", 'const text = `\nimport { a } from "../schema/a.ts";\n`;'],
    ["a division", 'const half = 4 / 2; // "\nconst text = "import"; const rest = 1 / 3;'],
  ])("takes what %s says for no import", (_, text) => {
    expect(findBreaches(floors, { "kit/x.ts": text })).toEqual([]);
  });

  test("refuses a room that is not in the table, and a file in no room", () => {
    expect(findBreaches(floors, { "utils/x.ts": "", "x.ts": "" })).toEqual([
      "utils/x.ts: the room utils is not in the floor table",
      "x.ts: belongs into a room",
    ]);
  });

  test("refuses the front door inside, by path and by name", () => {
    const texts = { "index.ts": "", "cli/a.ts": 'import "../index.ts";', "cli/b.ts": 'import "galley";' };
    expect(findBreaches(floors, texts)).toEqual([
      "cli/a.ts: imports src/index.ts, which is for applications",
      "cli/b.ts: imports the package by its own name",
    ]);
  });

  test("refuses code from outside src, and lets package.json in", () => {
    const texts = { "kit/a.ts": 'import "../../test/a.ts";', "kit/b.ts": 'import p from "../../package.json";' };
    expect(findBreaches(floors, texts)).toEqual(["kit/a.ts: imports ../../test/a.ts from outside src"]);
  });

  test("lets the client take types from kit and schema, and nothing else", () => {
    const texts = {
      "kit/a.ts": "",
      "schema/a.ts": "",
      "query/a.ts": "",
      "client/a.ts": 'import type { A } from "../kit/a.ts";\nimport type { B } from "../schema/a.ts";',
      "client/b.ts": 'import { a } from "../kit/a.ts";',
      "client/c.ts": 'import type { A } from "../query/a.ts";',
      "client/d.ts": 'import "node:fs";',
    };
    expect(findBreaches(floors, texts)).toEqual([
      "client/b.ts: imports kit/a.ts; client takes only types, and only from kit and schema",
      "client/c.ts: imports query/a.ts; client takes only types, and only from kit and schema",
      "client/d.ts: imports node:fs, which browsers do not have",
    ]);
  });
});

describe("the cycle check", () => {
  test("names the files of a cycle", () => {
    const texts = {
      "kit/a.ts": 'import "./b.ts";',
      "kit/b.ts": 'import "./c.ts";',
      "kit/c.ts": 'export { b } from "./b.ts";',
    };
    expect(findBreaches(floors, texts)).toEqual(["cycle: kit/b.ts -> kit/c.ts -> kit/b.ts"]);
  });

  test("lets types of one room refer to each other, and a worker be started by what it imports", () => {
    const texts = {
      "kit/a.ts": 'import type { B } from "./b.ts";',
      "kit/b.ts": 'import type { A } from "./a.ts";',
      "kit/start.ts": 'new URL("./start-thread.ts", import.meta.url);',
      "kit/start-thread.ts": 'import "./start.ts";',
    };
    expect(findBreaches(floors, texts)).toEqual([]);
  });

  test("finds a cycle of types across rooms", () => {
    const texts = {
      "kit/a.ts": 'import type { B } from "../schema/b.ts";',
      "schema/b.ts": 'import type { A } from "../kit/a.ts";',
    };
    expect(findBreaches(floors, texts)).toContain("cycle: kit/a.ts -> schema/b.ts -> kit/a.ts");
  });
});

describe("the text check", () => {
  const long = "export const a = 1;\n".repeat(301);

  test("refuses more than 300 lines without a reason in the first comment", () => {
    const because = "// Longer than 300 lines because a table is easier to read in one place.\n";
    const texts = {
      "kit/fits.ts": "export const a = 1;\n".repeat(300),
      "kit/late.ts": long + because,
      "kit/long.ts": long,
      "kit/reason.ts": because + long,
      "kit/reason-in-a-block.ts": `/**\n * What it is. Longer than 300\n * lines because of that.\n */\n${long}`,
      "kit/long.test.ts": long,
    };
    expect(findBreaches(floors, texts)).toEqual([
      'kit/late.ts: 302 lines, and its first comment does not say "Longer than 300 lines because ..."',
      'kit/long.ts: 301 lines, and its first comment does not say "Longer than 300 lines because ..."',
    ]);
  });

  test("refuses names that are not kebab-case", () => {
    expect(findBreaches(floors, { "kit/errorCodes.ts": "", "kit/Sub/a.ts": "", "kit/field-text.test.ts": "" })).toEqual(
      ["kit/Sub/a.ts: names are kebab-case", "kit/errorCodes.ts: names are kebab-case"],
    );
  });

  test("refuses export *, silenced types and work left for later", () => {
    const texts = {
      "kit/a.ts": 'export * from "./b.ts";',
      "kit/b.ts": "export const b = JSON.parse(text) as any;",
      "kit/c.ts": "// TODO: later",
      "kit/d.ts": "// FIXME",
      "kit/e.ts": "// @ts-ignore",
      "kit/f.ts": '// It may be as any other.\nexport const f = "as any";\n/** Never `export *`. */',
    };
    expect(findBreaches(floors, texts)).toEqual([
      "kit/a.ts: export * hides what is exported",
      "kit/b.ts: as any",
      "kit/c.ts: TODO",
      "kit/d.ts: FIXME",
      "kit/e.ts: @ts-ignore",
    ]);
  });
});

/** The texts of all TypeScript files below the folder, by their path in it. */
function readTexts(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\.[cm]?tsx?$/.test(path));
  return Object.fromEntries(paths.map((path) => [path.replaceAll(sep, "/"), readFileSync(folder + path, "utf8")]));
}
