import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeApp } from "../../src/cli/write-app.ts";
import { ask } from "../server/ask.ts";
import { galleyBy, serverOf, spawnGalley, temporaryFolder } from "../server/spawn-server.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const starter = join(repository, "packages/create-galley/bin/create-galley.js");
/** Nobody in particular, for whom permissions count. */
const nobody = 65_534;

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

async function run(command: readonly string[], cwd: string, uid?: number): Promise<Ended> {
  const [program = "", ...args] = command;
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, args, { cwd, env: { PATH, HOME }, ...(uid === undefined ? {} : { uid }) });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

const galley = (args: readonly string[], cwd = folder.path): Promise<Ended> =>
  run([...galleyBy(process.execPath), ...args], cwd);

/** Every package.json that says which Galley it is or takes. */
async function manifest(file: string): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = JSON.parse(await readFile(file, "utf8"));
  return read;
}

test("what npm create galley makes compiles, passes its test and is served", async () => {
  const made = await run([process.execPath, "--conditions=galley-source", starter, "my-lists"], folder.path);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toMatch(/cd my-lists\n +npm install\n +npm run dev/);
  expect(await readdir(folder.path)).toEqual(["my-lists"]);
  const app = join(folder.path, "my-lists");
  const files = [".env.example", ".gitignore", "README.md", "backend.test.ts", "backend.ts", "package.json"];
  expect((await readdir(app)).toSorted()).toEqual([...files, "tsconfig.json"]);

  const [own, starting] = [join(repository, "package.json"), join(repository, "packages/create-galley/package.json")];
  const { version } = await manifest(own);
  expect(await manifest(join(app, "package.json"))).toMatchObject({
    name: "my-lists",
    dependencies: { galley: version },
    devDependencies: { typescript: expect.stringMatching(/^\d/), "@types/node": expect.stringMatching(/^\d/) },
  });
  expect(await manifest(starting)).toMatchObject({ version, dependencies: { galley: version } });

  // What npm install would bring, from here.
  await mkdir(join(app, "node_modules/@types"), { recursive: true });
  await symlink(repository, join(app, "node_modules/galley"));
  await symlink(join(repository, "node_modules/@types/node"), join(app, "node_modules/@types/node"));
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const compiled = await run([process.execPath, compiler, "--noEmit", "--customConditions", "galley-source"], app);
  expect(compiled).toEqual({ code: 0, stdout: "", stderr: "" });
  const tested = await galley(["test"], app);
  expect(tested.stdout).toMatch(/pass 2$[^]*fail 0$/m);
  expect(tested.code).toBe(0);

  const server = await serverOf(spawnGalley({ args: ["start"], data: join(app, "data"), cwd: app }));
  expect(server.stderr()).toContain("my-lists on Galley");
  expect((await ask(server.port, "/api/lists")).status).toBe(401);
  expect(await server.stop()).toMatchObject({ code: 0 });
});

test("galley test fails with the tests", async () => {
  const app = join(folder.path, "failing");
  await mkdir(app);
  await writeFile(
    join(app, "one.test.ts"),
    'import { test } from "node:test";\ntest("no", () => Promise.reject(1));\n',
  );
  expect((await galley(["test"], app)).code).toBe(1);
});

test.each([
  ["My App", "npm takes lower-case letters"],
  [".hidden", "npm takes lower-case letters"],
  ["../elsewhere", "it is a path"],
  ["a\\b", "it is a path"],
  ["", "1 to 214 characters"],
  ["x".repeat(215), "1 to 214 characters"],
  ["node_modules", "it is reserved"],
  ["galley", "it is reserved"],
  ["http", "it is reserved"],
  ["com1", "it is reserved"],
])("%j is no name for an application", async (name, why) => {
  const empty = await temporaryFolder();
  await expect(writeApp(empty.path, name)).rejects.toThrow(why);
  expect(await readdir(empty.path)).toEqual([]);
  await empty.remove();
});

test("what is there is left alone, and an empty folder is taken", async () => {
  const there = await temporaryFolder();
  await mkdir(join(there.path, "full"));
  await writeFile(join(there.path, "full", "letter.txt"), "Dear Harpo");
  await writeFile(join(there.path, "file"), "");
  await mkdir(join(there.path, "empty"));
  for (const name of ["full", "file"])
    await expect(writeApp(there.path, name)).rejects.toThrow(
      /^\S+ is there already, and not empty\. Choose another name/,
    );
  expect(await readdir(join(there.path, "full"))).toEqual(["letter.txt"]);
  await writeApp(there.path, "empty");
  expect(await readdir(join(there.path, "empty"))).toContain("backend.ts");
  expect((await readdir(there.path)).toSorted()).toEqual(["empty", "file", "full"]);
  await there.remove();
});

test("who may not write is told so, and nothing is left behind", async () => {
  const closed = await temporaryFolder();
  await chmod(closed.path, 0o555);
  const uid = process.getuid?.() === 0 ? nobody : undefined;
  const { code, stderr } = await run([...galleyBy(process.execPath), "create", "app"], closed.path, uid);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/app can't be made: you may not write there\./),
  });
  expect(await readdir(closed.path)).toEqual([]);
  await chmod(closed.path, 0o755);
  await closed.remove();
});
