import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type App, createApp } from "../../src/server/create-app.ts";
import type { Backend } from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const administrator = { email: "admin@example.com", password: "a good password" };
let folder = "";
let [program, page] = ["", ""];
let app: App;

beforeAll(async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  [program = "", page = ""] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  // Inside the project, so that "galley" is found as an application would find it.
  folder = await mkdtemp(join(root, "test/docs/readme-"));
  await writeFile(join(folder, "backend.ts"), program);
  await writeFile(join(folder, "page.ts"), page);
  const module: { readonly default: Backend } = await import(pathToFileURL(join(folder, "backend.ts")).href);
  app = await createApp(module.default, { administrator });
});

afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

test("the program in the README has 15 lines", () => {
  expect(program.trimEnd().split("\n")).toHaveLength(15);
});

test("the programs in the README compile under strict settings", async () => {
  const configuration = { extends: "../../../tsconfig.json", include: ["*.ts"], exclude: [] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", folder]);
  await expect(run).resolves.toMatchObject({ stdout: "" });
});

test("the program in the README does what is said of it", async () => {
  const admin = await signIn("sign-in", administrator);
  const film = await send("POST", "/api/films", { title: "A Night at the Opera", stock: 1 }, admin);
  expect(film.status).toBe(201);

  const found = await send("GET", "/api/films?search=opera&sort=-stock");
  expect(found.body).toMatchObject({ data: [{ title: "A Night at the Opera", stock: 1 }], next: null });

  const customer = await signIn("sign-up", { email: "groucho@example.com", password: "horse feathers" });
  const { id } = film.body as { readonly id: string };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => send("POST", "/api/actions/buy", { film: id }, customer)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status === 422);
  expect(refused).toHaveLength(19);
  expect(refused[0]?.body).toMatchObject({ detail: "stock must be at least 0" });
});

test("the client in the README buys a film", async () => {
  const admin = await signIn("sign-in", administrator);
  const film = await send("POST", "/api/films", { title: "Opera for one", stock: 7 }, admin);
  const { id } = film.body as { readonly id: string };
  const own = globalThis.fetch;
  globalThis.fetch = (input, init) => app.fetch(new Request(input, init));
  try {
    await import(pathToFileURL(join(folder, "page.ts")).href);
  } finally {
    globalThis.fetch = own;
  }
  expect((await send("GET", `/api/films/${id}`)).body).toMatchObject({ stock: 6 });
});

async function signIn(path: string, body: object): Promise<string> {
  const { body: answer } = await send("POST", `/api/auth/${path}`, body);
  return (answer as { readonly token: string }).token;
}

async function send(
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await app.fetch(new Request(`http://localhost${path}`, init));
  return { status: response.status, body: await response.json() };
}
