import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import openapiTypescript, { astToString } from "openapi-typescript";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SpawnedServer, spawnServer, temporaryFolder } from "../server/spawn-server.ts";

const client = fileURLToPath(new URL("./client.ts", import.meta.url));
const generated = fileURLToPath(new URL("./generated/", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: SpawnedServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await spawnServer(new URL("../../examples/shop/backend.ts", import.meta.url), folder.path);
  const response = await fetch(`${server.origin}/api/openapi.json`);
  const types = await openapiTypescript(await response.text());
  await mkdir(generated, { recursive: true });
  await writeFile(`${generated}shop.ts`, astToString(types));
}, 120_000);

afterAll(async () => {
  await server.end();
  await folder.remove();
});

test("a client that is typed from openapi.json alone passes the compiler", async () => {
  expect(mistakesOf(await readFile(client, "utf8"))).toEqual([]);
}, 120_000);

test("the compiler finds what goes against the document", async () => {
  const wrongs = [
    ['"stock[gt]": 1', '"stock[gt]": "one"'],
    ['["Drama", "Comedy"]', '["Drama", "Opera"]'],
    ['["-rating", "title"]', '["-stars"]'],
    ["film: film.id,", "movie: film.id,"],
    ["order.total", "order.sum"],
    ['typeof stored.customer === "string" ? undefined :', ""],
    ['shop.GET("/api/actions/quote"', 'shop.GET("/api/actions/price"'],
  ] as const;
  let text = await readFile(client, "utf8");
  for (const [right, wrong] of wrongs) {
    expect(text).toContain(right);
    text = text.replace(right, wrong);
  }
  const lines = text.split("\n");
  const found = mistakesOf(text).map(({ line }) => lines[line] ?? "");
  for (const [, wrong] of wrongs.filter(([, one]) => one !== "")) {
    expect(
      found.filter((line) => line.includes(wrong)),
      wrong,
    ).not.toEqual([]);
  }
  // Whose record may be an id has no e-mail address.
  expect(found.filter((line) => line.includes("customer?.email"))).not.toEqual([]);
}, 120_000);

test("it signs up, finds films, fills a cart and buys", async () => {
  const email = "stranger@example.com";
  const { stdout } = await promisify(execFile)(process.execPath, [client, server.origin, email]);
  const said = JSON.parse(stdout);
  expect(said).toEqual({
    films: 5,
    total: expect.any(Number),
    genres: expect.any(Array),
    title: expect.any(String),
    quoted: said.paid,
    paid: expect.any(Number),
    status: "placed",
    customer: email,
    lines: [{ title: said.title, quantity: 2 }],
    refusal: "cart_empty",
    missing: "not_found",
  });
  expect(said.total).toBeGreaterThan(5);
  expect(said.paid).toBeGreaterThan(0);
  expect(["Drama", "Comedy"]).toEqual(expect.arrayContaining(said.genres));
});

/** What the compiler says of the client's program with another text, and where. */
function mistakesOf(text: string): { readonly line: number; readonly message: string }[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ["node"],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (path, language) =>
    path === client ? ts.createSourceFile(path, text, language) : read(path, language);
  const program = ts.createProgram([client], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => ({
    line: file?.getLineAndCharacterOfPosition(start).line ?? -1,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }));
}
