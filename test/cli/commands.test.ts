import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accessMatrix, accessOf } from "galley/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import shop from "../../examples/shop/backend.ts";
import { galleyBy, spawnServer, temporaryFolder } from "../server/spawn-server.ts";

const shopFile = fileURLToPath(new URL("../../examples/shop/backend.ts", import.meta.url));
const brokenFile = fileURLToPath(new URL("../server/fixtures/broken.ts", import.meta.url));
const workshopFile = fileURLToPath(new URL("../server/fixtures/workshop.ts", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `galley` with something piped in, and an environment of its own. */
async function galley(args: readonly string[], data: string, piped = ""): Promise<Ended> {
  const [program = "", ...before] = galleyBy(process.execPath);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, [...before, ...args], { cwd: folder.path, env: { PATH, HOME, GALLEY_DATA: data } });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(piped);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

test("a command loads what it needs when it is asked for, and nothing before", async () => {
  const source = await readFile(new URL("../../src/cli/main.ts", import.meta.url), "utf8");
  const loaded = [...source.matchAll(/^import (?!type )[^]*? from "(.*)";$/gm)].map(([, name]) => name);
  expect(loaded).toEqual(["commander", "./version.ts"]);
});

test("a clone that was not built says so in one line", async () => {
  const clone = join(folder.path, "clone");
  await mkdir(join(clone, "bin"), { recursive: true });
  for (const file of ["package.json", "bin/galley.js"])
    await copyFile(new URL(`../../${file}`, import.meta.url), join(clone, file));
  const child = spawn(process.execPath, [join(clone, "bin/galley.js"), "--version"]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^Galley is not built here: run npm run build.*\n$/),
  });
});

test("what was compiled for a command is kept for the next one, beside what npm installed", async () => {
  const installed = join(folder.path, "app", "node_modules", "galley");
  await mkdir(join(installed, "bin"), { recursive: true });
  await copyFile(new URL("../../bin/galley.js", import.meta.url), join(installed, "bin/galley.js"));
  const manifest = { name: "galley", type: "module", exports: { "./cli": "./cli.js" } };
  await writeFile(join(installed, "package.json"), JSON.stringify(manifest));
  await writeFile(join(installed, "cli.js"), "export const main = () => console.log(process.env.NODE_COMPILE_CACHE);");
  const env = { PATH: process.env["PATH"] ?? "" };
  const child = spawn(process.execPath, [join(installed, "bin/galley.js")], { env });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  await once(child, "close");
  const kept = join(folder.path, "app", "node_modules", ".cache", "galley");
  expect(stdout).toBe(`${kept}\n`);
  const files = await readdir(kept, { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile()).length).toBeGreaterThan(0);
});

test("galley access prints who may do what, and needs no database", async () => {
  const data = join(folder.path, "none");
  expect(await galley(["access", shopFile], data)).toEqual({ code: 0, stdout: `${accessMatrix(shop)}\n`, stderr: "" });
  const { code, stderr } = await galley(["access", brokenFile], data);
  expect({ code, first: stderr.split("\n")[0] }).toEqual({ code: 1, first: "The definition has 3 mistakes:" });
});

test("galley routes prints every route, what it runs and who may", async () => {
  const { code, stdout, stderr } = await galley(["routes", shopFile], join(folder.path, "none"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(lines).toContainEqual(["GET", "/api/films", "films.list", "everyone"]);
  expect(lines).toContainEqual(["PATCH", "/api/films/:id", "films.update", "admin"]);
  expect(lines).toContainEqual([
    "GET",
    "/api/orders/:id",
    "orders.get",
    "signed in where customer = user.id; clerk, admin",
  ]);
  expect(lines).toContainEqual(["POST", "/api/batch", "batch", "as its members may"]);
  expect(lines).toContainEqual(["GET", "/healthz", "everyone"]);
  const named = new Set(lines.map(([, , operation]) => operation));
  // Many records are created by the route that creates one; a field is no operation.
  const unrouted = accessOf(shop).rows.filter(({ what }) => !named.has(what) && !/: |\.createMany$/.test(what));
  expect(unrouted).toEqual([]);
});

test("the console writes beside a server, which sees it, and neither loses a write", async () => {
  const data = join(folder.path, "beside");
  await mkdir(data);
  const server = await spawnServer(workshopFile, data, { GALLEY_THREADS: "2", GALLEY_RATE_LIMITS: "off" });
  onTestFinished(() => server.end());
  const create = (name: string) =>
    fetch(`${server.origin}/api/tools`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  const writing = galley(
    ["console", workshopFile],
    data,
    'for (let count = 0; count < 50; count++) await tools.create({ name: "by console" });\nreturn tools.count({ where: { name: "by console" } })',
  );
  const statuses: number[] = [];
  const over = { yes: false };
  void writing.then(() => (over.yes = true));
  while (!over.yes) statuses.push((await create("by server")).status);
  expect(await writing).toEqual({ code: 0, stdout: "50\n", stderr: `${join(data, "galley.db")}\n` });
  expect(new Set(statuses)).toEqual(new Set([201]));
  const found = await fetch(`${server.origin}/api/tools?total=true&limit=1`);
  expect(await found.json()).toMatchObject({ total: 50 + statuses.length });
});

test("the console opens what is there, as it is, and makes or changes no database", async () => {
  const data = join(folder.path, "old");
  await mkdir(data);
  const file = join(data, "galley.db");
  const missing = await galley(["console", workshopFile], data, "1");
  expect(missing).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(`There is no database ${file}.`),
  });

  const old = new DatabaseSync(file);
  old.exec("CREATE TABLE tools (id TEXT)");
  old.close();
  const { code, stderr } = await galley(["console", workshopFile], data, "1");
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`The database ${file} can't be used`),
  });
  const left = new DatabaseSync(file);
  expect(left.prepare("SELECT name FROM sqlite_master").all()).toMatchObject([{ name: "tools" }]);
  left.close();
});

test("a command that lacks an argument, or is given an option that there isn't, says how it is used", async () => {
  expect(await galley(["import"], folder.path)).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "error: missing required argument 'collection'\nUsage: galley import [options] <collection> <path>; galley import --help says more.\n",
  });
  expect(await galley(["backup", "--encrpt"], folder.path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("(Did you mean --encrypt?)\nUsage: galley backup [options] [file];"),
  });
});
