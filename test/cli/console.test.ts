import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backend, choice, collection, computed, everyone, GalleyError, integer, owner, ref, text } from "galley";
import { historyFile, talk } from "../../src/cli/console-repl.ts";
import { type ConsoleScope, createConsoleScope } from "../../src/cli/console-scope.ts";
import { runConsoleScript } from "../../src/cli/console-script.ts";
import { createSqliteEngine } from "../../src/database/sqlite/sqlite-engine.ts";
import { sqliteImage } from "../../src/database/sqlite/sqlite-image.ts";
import type { Engine } from "../../src/database/engine.ts";
import type { Model } from "../../src/schema/model.ts";
import { assemble } from "../../src/operations/assemble.ts";

const films = collection("films", {
  fields: {
    title: text({ max: 20 }),
    stock: integer({ min: 0 }),
    genre: choice(["comedy", "drama"]).optional(),
    cost: integer().hidden().optional(),
    keeper: ref("users").optional(),
    label: computed(text(), ({ title }: { title: string }) => title),
  },
  access: { read: everyone, write: owner("keeper") },
  hooks: {
    beforeCreate(film) {
      if (film.title === "Forbidden") throw new GalleyError("conflict", "No film of that name.");
    },
  },
});

/** Names that Node has a use for. */
const [process, events] = ["process", "events"].map((name) =>
  collection(name, { fields: { note: text() }, access: { read: everyone } }),
);

let engine: Engine;
let scope: ConsoleScope;
let model: Model;
beforeAll(async () => {
  ({ model } = assemble(backend({ collections: [films, process!, events!] })));
  const transactionTime = 2000;
  engine = createSqliteEngine(model, {
    path: ":memory:",
    access: "readWrite",
    scanThread: false,
    transactionTime,
    image: sqliteImage(model),
  });
  scope = createConsoleScope(model, engine);
  await run('users.create({ email: "ada@example.com" })');
});
afterAll(() => engine.close());

async function run(code: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const [output, stderr] = [new PassThrough(), new PassThrough()];
  const exit = await runConsoleScript(code, scope, { output, stderr });
  output.end();
  stderr.end();
  return { code: exit, stdout: await textOf(output), stderr: await textOf(stderr) };
}

test.each([
  ["an expression", "1 + 1", "2\n"],
  ["one that ends with a semicolon", "films.count();\n", "0\n"],
  ["a promise", "films.list()", "{ data: [], next: null }\n"],
  ["an object", "({ a: 1 })", "{ a: 1 }\n"],
  ["nothing", "", ""],
  ["a comment", "// nothing to do", ""],
  ["statements", "let sum = 0;\nfor (const one of [1, 2]) sum += await one;\nreturn sum", "3\n"],
  ["a name that a collection has", "const films = 3; return films", "3\n"],
  ["a module", 'const { sep } = await import("node:path"); return sep.length', "1\n"],
  ["a collection that is called as something of Node's", "db.process.count()", "0\n"],
  ["a global that a collection is called as", "typeof process.exit", "'function'\n"],
])("a script may be %s", async (_, code, stdout) => {
  expect(await run(code)).toEqual({ code: 0, stdout, stderr: "" });
});

test("writes go the way of every write, and an error ends the script", async () => {
  const { code, stderr } = await run(`
    await films.create({ title: "M", stock: 1 });
    await films.create({ title: "Forbidden", stock: 1 });
    await films.create({ title: "Never", stock: 1 });
  `);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "conflict: No film of that name.\n" });
  expect(await run("films.all()")).toMatchObject({
    stdout: expect.stringMatching(/^\[\n {2}\{\n.*\n {4}title: 'M'.*\n[^{]*$/),
  });
  expect(await run("films.create({ title: 1, stock: -1 })")).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("\n  /title must be a string, and is a number\n  /stock must be at least 0\n"),
  });
});

test("a transaction is stored as a whole or not at all", async () => {
  const failing = `transaction(async ({ films }) => {
    await films.create({ title: "Lost", stock: 1 });
    throw new Error("changed its mind");
  })`;
  expect(await run(failing)).toMatchObject({ code: 1, stderr: expect.stringContaining("Error: changed its mind") });
  expect(await run('films.count({ where: { title: "Lost" } })')).toMatchObject({ stdout: "0\n" });
  const made = `transaction(async (db) => {
    const { id } = await db.films.create({ title: "Kept", stock: 1 });
    return (await db.films.update(id, { stock: { increment: 2 } })).stock;
  })`;
  expect(await run(made)).toMatchObject({ code: 0, stdout: "3\n" });
});

test("who acts as a user has their rights", async () => {
  expect(await run('as("ada@example.com").films.create({ title: "Hers", stock: 1 })')).toMatchObject({
    code: 1,
    stderr: "forbidden: You may not create such a record of films.\n",
  });
  const own = 'as("ada@example.com").films.create({ title: "Hers", stock: 1, keeper: (await users.find({})).id })';
  expect(await run(own)).toMatchObject({ code: 0 });
  expect(await run('as("ghost@example.com").films.list()')).toMatchObject({
    code: 1,
    stderr: "not_found: There is no user ghost@example.com.\n",
  });
});

test.each([
  ["if (", "SyntaxError: Unexpected token '}'"],
  ["a\nb = = 1", "console:2\nb = = 1\n    ^\n\nSyntaxError: Unexpected token '='\n"],
  ["\nnull.x", "at console:2:6"],
])("what is wrong with %j is shown with its place, and without the inside of the console", async (code, expected) => {
  const answer = await run(code);
  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain(expected);
  if (expected.includes("SyntaxError")) expect(answer.stderr).not.toContain("console-script");
});

/** A conversation: what is typed once what was said before matches. */
async function converse(
  lines: readonly (readonly [typed: string, answered: RegExp])[],
  history?: string,
): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let said = "";
  output.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const plain = () => said.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
  const ended = talk(scope, model, { input, output, history });
  for (const [typed, answered] of lines) {
    const before = plain().length;
    // Key by key: what comes at once is taken for pasted, and a pasted tab completes nothing.
    for (const key of typed.match(/\u001b\[A|[^]/g) ?? []) input.write(key);
    await vi.waitFor(() => expect(plain().slice(before)).toMatch(answered), 5000);
  }
  input.end();
  await ended;
  return plain();
}

test("who types is answered with values, also where they have to be waited for", async () => {
  await converse([
    ["\r", /> $/],
    ['films.create({ title: "Typed", stock: 7 })\r', /stock: 7,\n[^]*> $/],
    ['const typed = await films.find({ where: { title: "Typed" } })\r', /\n> $/],
    ["typed.stock + 1\r", /\n8\n/],
    ["_ + 1\r", /\n9\n/],
    ['films.get("none")\r', /not_found: There is no record of films with the id none\./],
    ["{\r", /\n\| $/],
    ["  2 * 21 }\r", /\n42\n/],
    ["events.count()\r", /\n0\n/],
    ["typeof process.exit\r", /'function'/],
  ]);
});

test("names of collections and what can be done with them complete with Tab", async () => {
  await converse([
    ["film\t", /films$/],
    [".crea\t", /create/],
    ["({ title: 'Completed', stock: 1 }).then(({ title }) => title)\r", /\n'Completed'\n/],
    ["db.proc\t", /db\.process$/],
  ]);
});

test.each([
  ["a field of a condition", "films.list({ where: { ti\t", /\{ where: \{ title$/],
  ["one after another", 'db.films.all({ where: { title: "(", sto\t', /, stock$/],
  ["one of a collection that a ref leads to", "films.find({ where: { keeper: { em\t", /keeper: \{ email$/],
  ["one of an alternative", "films.count({ where: { or: [{ title: 'M' }, { kee\t", /\{ keeper$/],
  ["an operator", "films.list({ where: { title: { startsW\t", /\{ startsWith$/],
  ["an option", "films.list({ whe\t", /\{ where$/],
  ["a name to sort by", 'films.list({ sort: ["-sto\t', /\["-stock$/],
  ["a field of a new record", 'as("ada@example.com").films.create({ sto\t', /\{ stock$/],
  ["a field of a change", 'films.update("id", { ti\t', /\{ title$/],
  ["a word of a choice", 'films.list({ where: { genre: "dr\t', /"drama$/],
  ["JavaScript's own elsewhere", "films.list({ limit: Math.ab\t", /Math\.abs$/],
])("Tab completes %s", async (_, typed, expected) => {
  // What was begun is given up, so that nothing runs.
  await converse([[typed, expected]]);
});

test("Tab lists what there is, once each, hidden fields too and computed ones not", async () => {
  const said = await converse([["films.list({ where: { \t\t", /title/]]);
  const listed = said.split("\n").map((line) => line.trim());
  expect(listed.slice(1, 13)).toEqual(
    "id title stock genre cost keeper createdAt updatedAt version and or not".split(" "),
  );
});

test("the types of a collection are printed as TypeScript infers them", async () => {
  const said = await converse([
    [".type films\r", /not\?: Where<typeof films\.fields>;\r?\n\}/],
    [".type flims\r", /There is no collection flims; there are users, films, process, events\./],
  ]);
  expect(said).toContain('  readonly genre: "comedy" | "drama" | null;\n');
  expect(said).toContain("  readonly keeper?: string | null | undefined;\n");
});

test("a field that was mistyped is answered with the one that may have been meant", async () => {
  const refusals: [string, string][] = [
    ["films.list({ where: { titel: 'M' } })", "where.titel is not a field here; did you mean title?"],
    [
      "films.list({ where: { keeper: { emial: 'M' } } })",
      "where.keeper.emial is not a field here; did you mean email?",
    ],
    ["films.find({ sort: ['-stok'] })", 'sort names "stok", which is not a field here; did you mean stock?'],
    ["films.create({ title: 'M', stock: 1, stocks: 1 })", "stocks is not a field here; did you mean stock?"],
    [
      "transaction((db) => db.films.count({ where: { keper: null } }))",
      "where.keper is not a field here; did you mean keeper?",
    ],
    ["films.list({ where: { colour: 'red' } })", "where.colour is not a field here\n"],
  ];
  for (const [code, said] of refusals) {
    const { stderr } = await run(code);
    expect(stderr).toContain(said);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }
});

test("lines that were typed are kept for the next time, where they are wanted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "galley-console-"));
  const file = join(folder, "history");
  await converse([["1 + 41\r", /\n42\n/]], file);
  await vi.waitFor(async () => expect(await readFile(file, "utf8")).toContain("1 + 41"), 5000);
  await converse([["\u001b[A", /1 \+ 41$/]], file);
  await rm(folder, { recursive: true });
});

test("the environment says where they are kept", () => {
  try {
    vi.stubEnv("NODE_REPL_HISTORY", "/somewhere/else");
    expect(historyFile()).toBe("/somewhere/else");
    vi.stubEnv("NODE_REPL_HISTORY", " ");
    expect(historyFile()).toBeUndefined();
    vi.stubEnv("NODE_REPL_HISTORY", undefined);
    expect(historyFile()).toMatch(/\.galley_console_history$/);
  } finally {
    vi.unstubAllEnvs();
  }
});
