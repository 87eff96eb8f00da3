import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, isOpen, until } from "./ask.ts";
import { type GalleyProcess, spawnGalley, temporaryFolder } from "./spawn-server.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let elsewhere: typeof folder;
let file: string;
let started: GalleyProcess;

const definition = (name: string): string =>
  `import { backend, collection, everyone, text } from "galley";
    const things = collection("${name}", { fields: { name: text() }, access: { read: everyone } });
    export default backend({ name: "${name}", collections: [things] });\n`;
const define = (name: string): Promise<void> => writeFile(file, definition(name));

/** The port of the server that serves a definition, once it has said that it does. */
async function portOf(name: string): Promise<number> {
  const said = await started.said(
    new RegExp(`${name} on Galley[^]*?API +http://127\\.0\\.0\\.1:(\\d+)[^]*?Data .*\\n`),
  );
  return Number(said.at(-1));
}

beforeAll(async () => {
  [folder, elsewhere] = await Promise.all([temporaryFolder(), temporaryFolder()]);
  file = join(folder.path, "backend.ts");
  await define("notes");
  await mkdir(join(folder.path, "node_modules"));
  await symlink(repository, join(folder.path, "node_modules", "galley"));
  started = spawnGalley({ args: ["dev", "backend.ts"], data: join(folder.path, "data"), cwd: folder.path });
});
afterAll(async () => {
  await started.end();
  await Promise.all([folder.remove(), elsewhere.remove()]);
});

test("galley dev serves each change at one port, and the last good version where a change is none", async () => {
  const port = await portOf("notes");
  expect((await ask(port, "/api/notes")).status).toBe(200);

  // Whoever asks meanwhile is answered, by one version or the other.
  const answers = new Set<number>();
  const asked = (async () => {
    while (!answers.has(200)) answers.add((await ask(port, "/api/books")).status);
  })();
  await define("books");
  await asked;
  expect(answers).toEqual(new Set([404, 200]));
  await until(async () => (await ask(port, "/api/notes")).status === 404);

  await writeFile(file, "export default {{;\n");
  await started.said(/backend\.ts:1\n[^]*SyntaxError[^]*The version before this change goes on\./);
  expect((await ask(port, "/api/books")).status).toBe(200);

  await define("9lives");
  await started.said(/- backend\.ts:2: Collection "9lives": the name must be/);
  expect((await ask(port, "/api/books")).status).toBe(200);

  // Written while the start before it is still under way: the last one is there in the end.
  for (const name of ["drafts", "letters", "songs"]) {
    await define(name);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  await until(async () => (await ask(port, "/api/songs")).status === 200);

  // A module from elsewhere is the application's as well once it is loaded, and a mistake in it is found by its place.
  const words = join(elsewhere.path, "words.ts");
  const [before, after] = [`export const words = "tales";\n`, `export const words = "rhymes";\n`];
  await writeFile(words, before);
  await writeFile(
    file,
    definition("${words}")
      .replace("import", `import { words } from "${words}";\nimport`)
      .replaceAll('"${words}"', "words"),
  );
  await until(async () => (await ask(port, "/api/tales")).status === 200);
  await writeFile(words, after);
  await until(async () => (await ask(port, "/api/rhymes")).status === 200);
  expect(started.stderr()).not.toContain("EADDRINUSE");

  started.signal("SIGTERM");
  expect(await started.exited).toEqual({ code: 0, signal: null });
  await until(async () => !(await isOpen(port)));
});
